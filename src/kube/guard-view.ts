// Which policies of the admission guard stand, looked up by name every few minutes. They are no part of a decision, so
// nothing watches them. Without deploy/guard there is no right to read them: that answer comes first and is enough, and it
// is the same from API servers that do not know such policies at all.
import { isDeepStrictEqual } from 'node:util';
import type { GuardFact, Observed } from '../plan/facts.ts';
import { failureOf } from '../plan/failure.ts';
import { GUARD_POLICIES } from '../plan/guard.ts';
import type { GuardPolicy } from '../plan/guard.ts';
import type { Cancel, Clock } from '../runtime/clock.ts';
import type { KubeClient } from './client.ts';
import { isForbidden, isNotFound } from './errors.ts';

const RESOURCES: Readonly<Record<GuardFact['kind'], string>> = {
  MutatingAdmissionPolicy: 'mutatingadmissionpolic',
  ValidatingAdmissionPolicy: 'validatingadmissionpolic',
};
const PATH = '/apis/admissionregistration.k8s.io/v1';
const LOOK_AGAIN_MS = 120_000;

export interface GuardViewOptions {
  readonly client: Pick<KubeClient, 'request'>;
  readonly clock: Clock;
  /** What is known has changed; also the first answer, whatever it is. */
  readonly onChange: () => void;
}

type Guard = Observed<readonly GuardFact[]>;

interface RawBinding {
  readonly spec?: { readonly policyName?: string; readonly validationActions?: readonly string[] };
}

export class GuardView {
  readonly #options: GuardViewOptions;
  readonly #ended = new AbortController();
  #found: Guard = { state: 'unknown' };
  #timer: Cancel | undefined;
  #look: Promise<void> | undefined;

  constructor(options: GuardViewOptions) {
    this.#options = options;
  }

  get observed(): Guard {
    return this.#found;
  }

  start(): void {
    this.#look = this.#lookAgain();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    this.#timer?.();
    await this.#look;
  }

  async #lookAgain(): Promise<void> {
    const found = await this.#read();
    if (this.#ended.signal.aborted) return;
    // What was read once stays until it can be read again.
    const isNews = found.state !== 'unknown' || this.#found.state === 'unknown';
    if (isNews && !isDeepStrictEqual(found, this.#found)) {
      this.#found = found;
      this.#options.onChange();
    }
    this.#timer = this.#options.clock.after(LOOK_AGAIN_MS, () => this.start());
  }

  async #read(): Promise<Guard> {
    const facts: GuardFact[] = [];
    try {
      for (const policy of GUARD_POLICIES) {
        const fact = await this.#readPolicy(policy);
        if (fact !== undefined) facts.push(fact);
      }
    } catch (error) {
      if (isForbidden(error)) return { state: 'absent' };
      return { state: 'unknown', why: failureOf(error).message };
    }
    return { state: 'present', object: facts };
  }

  async #readPolicy({ kind, name }: GuardPolicy): Promise<GuardFact | undefined> {
    const policy = await this.#get(`${PATH}/${RESOURCES[kind]}ies/${name}`);
    if (policy === undefined) return undefined;
    const binding = await this.#get<RawBinding>(`${PATH}/${RESOURCES[kind]}ybindings/${name}`);
    const { policyName, validationActions = [] } = binding?.spec ?? {};
    return {
      kind,
      name,
      ...(policyName === undefined ? {} : { bindsTo: policyName }),
      actions: validationActions,
    };
  }

  async #get<T>(path: string): Promise<T | undefined> {
    try {
      return await this.#options.client.request<T>({ method: 'GET', path, signal: this.#ended.signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
