// The last net before a line leaves the process: replaces the secret values that are known at this moment, in every
// form in which they may have got into the line. It knows values, not places, so it needs no foresight.

const REDACTED = '[redacted]';
/** Anything shorter turns up by chance, and would eat holes into the log. */
const SHORTEST_VALUE = 8;
/** Base64 of a part of a longer text: below this many characters it may be anything. */
const SHORTEST_FRAGMENT = 10;

export class LogCensor {
  /** Value → how often it was added: two owners may hold the same one. */
  readonly #values = new Map<string, number>();
  #forms: readonly string[] = [];

  /** From now on the value is replaced in whatever passes. False when it is too short to be told from chance. */
  add(value: string): boolean {
    if (value.length < SHORTEST_VALUE) return false;
    this.#values.set(value, (this.#values.get(value) ?? 0) + 1);
    this.#collect();
    return true;
  }

  /** Undoes one `add`. Keep an old value for as long as a late answer may still bring it up. */
  remove(value: string): void {
    const count = this.#values.get(value) ?? 0;
    if (count > 1) this.#values.set(value, count - 1);
    else this.#values.delete(value);
    this.#collect();
  }

  /** The text without any known value. */
  clean(text: string): string {
    let cleaned = text;
    for (const form of this.#forms) cleaned = cleaned.replaceAll(form, REDACTED);
    return cleaned;
  }

  // Longest first: a form may contain another, and what would be left over of it tells the rest.
  #collect(): void {
    const forms = new Set([...this.#values.keys()].flatMap((value) => formsOf(value)));
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
  }
}

function formsOf(value: string): readonly string[] {
  const plain = [value, Buffer.from(value).toString('hex'), ...base64FormsOf(value)];
  const urlEncoded = plain.flatMap((form) => urlFormsOf(form));
  return [...plain, ...urlEncoded].flatMap((form) => jsonFormsOf(form));
}

// Within a longer text, a value's bytes begin at one of three places of a base64 group; the characters at either
// end that mix in neighbouring bytes are left off.
function base64FormsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const fragments = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const ownBits = (offset + bytes.length) * 8;
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(ownBits / 6));
  });
  const whole = bytes.toString('base64').replace(/=+$/, '');
  return [whole, ...fragments]
    .filter((form) => form.length >= SHORTEST_FRAGMENT)
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function urlFormsOf(form: string): readonly string[] {
  const component = encode(form);
  // As in a signed Alibaba Cloud query (RFC 3986), and as a form field.
  const strict = component.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const field = new URLSearchParams({ '': form }).toString().slice(1);
  return [component, strict, field].flatMap((text) => [
    text,
    text.replace(/%[0-9A-F]{2}/g, (c) => c.toLowerCase()),
  ]);
}

function encode(form: string): string {
  return encodeURIComponent(form.toWellFormed());
}

// A line is JSON, and may quote JSON that quotes JSON (eni_conf inside a ConfigMap inside a reply).
function jsonFormsOf(form: string): readonly string[] {
  const once = escapeJson(form);
  const twice = escapeJson(once);
  return [form, once, twice, escapeJson(twice)];
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
