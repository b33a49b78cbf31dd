// What a check can come to, and how the answers that it needs are handed to it: one that is missing is never taken for
// a fault.

/** `error`: pods will fail. `warning`: some may, or only under circumstances. `info`: advice. */
export type Severity = 'error' | 'warning' | 'info';

export type Outcome =
  | { readonly state: 'passed'; readonly note?: string }
  | {
      readonly state: 'failed';
      readonly message: string;
      /** Absent: the remedy of the check says it all. */
      readonly remedy?: string;
      /** Absent: the severity of the check. */
      readonly severity?: Severity;
    }
  | { readonly state: 'unchecked'; readonly why: string }
  | { readonly state: 'notApplicable'; readonly why: string };

export function passed(note?: string): Outcome {
  return note === undefined ? { state: 'passed' } : { state: 'passed', note };
}

/** A sentence begins with a capital letter, unless it begins with an id. */
function sentence(text: string): string {
  return text.replace(/^(the|a|an|pod|node) /, (word) => word.charAt(0).toUpperCase() + word.slice(1));
}

export function failed(
  message: string,
  how: { readonly remedy?: string | undefined; readonly severity?: Severity } = {},
): Outcome {
  const { remedy, severity } = how;
  return {
    state: 'failed',
    message: sentence(message),
    ...(remedy === undefined ? {} : { remedy }),
    ...(severity === undefined ? {} : { severity }),
  };
}

export function unchecked(why: string): Outcome {
  return { state: 'unchecked', why };
}

export function notApplicable(why: string): Outcome {
  return { state: 'notApplicable', why };
}

/** Something that a check looks at: known, or why it is not. */
export type Known<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

export function missing(why: string): Known<never> {
  return { known: false, why };
}

type Values<T extends readonly Known<unknown>[]> = {
  readonly [N in keyof T]: T[N] extends Known<infer V> ? V : never;
};

/** All of them, or why the first missing one is missing. */
export function all<const T extends readonly Known<unknown>[]>(...parts: T): Known<Values<T>> {
  const lacking = parts.find((part) => !part.known);
  if (lacking !== undefined) return lacking;
  return known(parts.flatMap((part) => (part.known ? [part.value] : [])) as unknown as Values<T>);
}

export function mapped<A, B>(part: Known<A>, then: (value: A) => B): Known<B> {
  return part.known ? known(then(part.value)) : part;
}

/** The outcome that follows from what is known; what is missing makes it `unchecked`. */
export function given<T>(part: Known<T>, then: (value: T) => Outcome): Outcome {
  return part.known ? then(part.value) : unchecked(part.why);
}

/** Failed with these problems, joined to one message; passed without any. */
export function unless(problems: readonly string[], how?: Parameters<typeof failed>[1]): Outcome {
  if (problems.length === 0) return passed();
  const more = problems.length > 5 ? ` And ${problems.length - 5} more of this kind.` : '';
  return failed(`${problems.slice(0, 5).map(sentence).join(' ')}${more}`, how);
}
