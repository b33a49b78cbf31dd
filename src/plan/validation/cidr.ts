// Address ranges that must not meet. No CEL rule can say it: its library for addresses is newer than the oldest release
// that we support.
import type { HybridNetworkSpec } from '../../api/hybrid-network.ts';
import type { Problem } from './rule.ts';

interface Range {
  /** For example `spec.onPremises.podCIDRs[0]`. */
  readonly path: string;
  /** As it was written. */
  readonly text: string;
  /** As it should be written. */
  readonly network: string;
  readonly first: number;
  readonly last: number;
}

const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** `undefined`: no range; the pattern in the schema, which every release enforces, lets none of these pass. */
function rangeAt(path: string, text: string): Range | undefined {
  const [length = 33, ...octets] = (CIDR.exec(text) ?? []).slice(1).map(Number).toReversed();
  if (length > 32 || octets.some((octet) => octet > 255)) return undefined;
  const address = octets.reduce((sum, octet, n) => sum + octet * 2 ** (8 * n), 0);
  const size = 2 ** (32 - length);
  const first = address - (address % size);
  return { path, text, network: `${dotted(first)}/${length}`, first, last: first + size - 1 };
}

function rangesOf({ onPremises, terway }: HybridNetworkSpec): readonly Range[] {
  const list = (path: string, texts: readonly string[] = []) =>
    texts.map((text, n) => rangeAt(`${path}[${n}]`, text));
  const serviceCIDR = terway?.eniConfig?.serviceCIDR;
  return [
    ...list('spec.onPremises.podCIDRs', onPremises?.podCIDRs),
    ...list('spec.onPremises.nodeCIDRs', onPremises?.nodeCIDRs),
    ...(serviceCIDR === undefined ? [] : [rangeAt('spec.terway.eniConfig.serviceCIDR', serviceCIDR)]),
  ].filter((range) => range !== undefined);
}

function hostBits({ path, text, network }: Range): readonly Problem[] {
  if (text === network) return [];
  return [{ path, message: `${text} is an address inside a range, write the range as ${network}` }];
}

function overlap(earlier: Range, later: Range): readonly Problem[] {
  if (earlier.last < later.first || later.last < earlier.first) return [];
  const message = `${later.text} overlaps ${earlier.text} in ${earlier.path}: an address must belong to one range only, so correct or remove one of the two`;
  return [{ path: later.path, message }];
}

/** Every range that is not written as one, then every pair that overlaps. */
export function rangeProblems(spec: HybridNetworkSpec): readonly Problem[] {
  const ranges = rangesOf(spec);
  const overlaps = ranges.flatMap((later, n) =>
    ranges.slice(0, n).flatMap((earlier) => overlap(earlier, later)),
  );
  return [...ranges.flatMap(hostBits), ...overlaps];
}
