// IPv4 ranges as numbers: reading, comparing and joining them.

/** A range of addresses that a CIDR can name. */
export interface Cidr {
  /** The first address, as a number of 32 bits. */
  readonly first: number;
  /** Bits of the prefix, 0 to 32. */
  readonly length: number;
}

const PATTERN = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;

/** How many addresses it has. */
export function sizeOf({ length }: Cidr): number {
  return 2 ** (32 - length);
}

/** The last address, as a number. */
export function lastOf(cidr: Cidr): number {
  return cidr.first + sizeOf(cidr) - 1;
}

/** The range around an address; bits of the address behind the prefix are left out. */
function rangeAround(address: number, length: number): Cidr {
  return { first: address - (address % 2 ** (32 - length)), length };
}

/** A CIDR, or an address for a range of one. `undefined`: neither, IPv6 included. */
export function parseCidr(text: string): Cidr | undefined {
  const [, a, b, c, d, bits = '32'] = PATTERN.exec(text.trim()) ?? [];
  const octets = [a, b, c, d].map(Number);
  const length = Number(bits);
  if (length > 32 || !octets.every((octet) => octet <= 255)) return undefined;
  return rangeAround(
    octets.reduce((sum, octet) => sum * 256 + octet, 0),
    length,
  );
}

/** `10.0.0.0/8` */
export function textOf({ first, length }: Cidr): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${octets.join('.')}/${length}`;
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.first <= lastOf(b) && b.first <= lastOf(a);
}

/** Every address of `inner` lies in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && lastOf(inner) <= lastOf(outer);
}

function byPlace(a: Cidr, b: Cidr): number {
  return a.first - b.first || a.length - b.length;
}

function isHalf(cidr: Cidr, other: Cidr): boolean {
  if (cidr.length !== other.length || cidr.length === 0) return false;
  return rangeAround(cidr.first, cidr.length - 1).first === rangeAround(other.first, other.length - 1).first;
}

/** The fewest ranges with exactly the same addresses, in order. */
export function aggregate(cidrs: readonly Cidr[]): readonly Cidr[] {
  const joined: Cidr[] = [];
  for (const cidr of cidrs.toSorted(byPlace)) {
    let next = cidr;
    for (let last = joined.at(-1); last !== undefined; last = joined.at(-1)) {
      if (contains(last, next)) {
        next = last;
        joined.pop();
        break;
      }
      if (!isHalf(last, next)) break;
      next = rangeAround(last.first, last.length - 1);
      joined.pop();
    }
    joined.push(next);
  }
  return joined;
}

/** The smallest range with all of their addresses; `undefined` for no ranges. */
export function supernet(cidrs: readonly Cidr[]): Cidr | undefined {
  const [one] = cidrs;
  if (one === undefined) return undefined;
  const first = Math.min(...cidrs.map((cidr) => cidr.first));
  const last = Math.max(...cidrs.map(lastOf));
  let { length } = one;
  while (lastOf(rangeAround(first, length)) < last) length -= 1;
  return rangeAround(first, length);
}

/** Whether the ranges together have every address of `inner`. */
export function cover(outer: readonly Cidr[], inner: Cidr): boolean {
  return aggregate(outer).some((cidr) => contains(cidr, inner));
}
