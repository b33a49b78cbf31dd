// A string that does not print. Keys travel through facts and actions as SecretString, so that a log line, an
// error message or a JSON dump of any of them shows a placeholder; only the code that writes a Secret reveals it.
import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

const REDACTED = '[redacted]';
const fingerprintKey = randomBytes(32);

export class SecretString {
  readonly #value: string;
  #trimmed: SecretString | undefined;
  /**
   * Tells two values apart without giving either away: keyed per process. An open field, because deep equality, by
   * which a change of an object is noticed, does not look into private ones.
   */
  readonly fingerprint: string;

  constructor(value: string) {
    this.#value = value;
    this.fingerprint = createHmac('sha256', fingerprintKey).update(value).digest('hex').slice(0, 16);
  }

  /** The plain text. Callers: the builders of a request body, and comparisons. */
  reveal(): string {
    return this.#value;
  }

  equals(other: SecretString | undefined): boolean {
    return other !== undefined && other.#value === this.#value;
  }

  /** Itself where there is nothing to trim: every decision asks, and a fingerprint takes longer than the decision. */
  trimmed(): SecretString {
    const trimmed = this.#value.replace(/^\uFEFF/, '').trim();
    if (trimmed === this.#value) return this;
    this.#trimmed ??= new SecretString(trimmed);
    return this.#trimmed;
  }

  get isEmpty(): boolean {
    return this.#value === '';
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
