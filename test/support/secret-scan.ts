// Looks for the bytes of secrets in everything that leaves the operator, in every spelling that programs give to text.

/** One secret, found where it must not be. The secret itself is not repeated. */
export interface Leak {
  /** Where it was looked for. */
  readonly place: string;
  /** How it was spelled: `plain`, `base64`, … */
  readonly spelling: string;
  /** The text before it, so that it can be found again. */
  readonly before: string;
}

/** Shorter ones stand everywhere by chance, and are no keys. */
export const SHORTEST = 8;
const CONTEXT = 60;

/** Every spelling of a text that is looked for, by its name. */
export function spellingsOf(secret: string): ReadonlyMap<string, string> {
  const bytes = Buffer.from(secret, 'utf8');
  const json = JSON.stringify(secret).slice(1, -1);
  const hex = bytes.toString('hex');
  const url = encodeURIComponent(secret);
  const spellings = new Map([
    ['plain', secret],
    ['JSON', json],
    ['JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['Go JSON', json.replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e')],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ['URL', url],
    ['url', url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ['form', new URLSearchParams([['', secret]]).toString().slice(1)],
  ]);
  // Within a longer text that was encoded as a whole it may begin at any of three places.
  for (const offset of [0, 1, 2]) {
    const core = base64Core(bytes, offset);
    spellings.set(`base64+${offset}`, core);
    spellings.set(`base64url+${offset}`, core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return spellings;
}

/** The letters that depend on nothing but these bytes, when so many others stand before them. */
function base64Core(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(Math.ceil((offset * 8) / 6), whole);
}

/** Where in the text one of the secrets stands, in whatever spelling. */
export function findLeaks(place: string, text: string, secrets: Iterable<string>): readonly Leak[] {
  const leaks: Leak[] = [];
  for (const secret of secrets) {
    if (secret.length < SHORTEST) continue;
    for (const [spelling, needle] of spellingsOf(secret)) {
      const at = text.indexOf(needle);
      if (at < 0) continue;
      leaks.push({ place, spelling, before: text.slice(Math.max(0, at - CONTEXT), at) });
      break;
    }
  }
  return leaks;
}

/** Throws when there is any. */
export function refuseLeaks(leaks: readonly Leak[]): void {
  if (leaks.length === 0) return;
  const lines = leaks.map(
    ({ place, spelling, before }) => `  ${place} (${spelling}), after: ${JSON.stringify(before)}`,
  );
  throw new Error(`a secret has got out:\n${[...new Set(lines)].slice(0, 20).join('\n')}`);
}
