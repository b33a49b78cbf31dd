// Address ranges that must not meet. No CEL rule can say it: its library for addresses is newer than the oldest release
// that we support.
import type { HybridNetworkSpec } from '../../api/hybrid-network.ts';
import { overlap, parseCidr, textOf } from '../ipv4.ts';
import type { Cidr } from '../ipv4.ts';
import type { Problem } from './rule.ts';

interface Range {
  /** For example `spec.onPremises.podCIDRs[0]`. */
  readonly path: string;
  /** As it was written. */
  readonly text: string;
  readonly cidr: Cidr;
}

/** `undefined`: no range; the pattern in the schema, which every release enforces, lets none of these pass. */
function rangeAt(path: string, text: string): Range | undefined {
  const cidr = text.includes('/') ? parseCidr(text) : undefined;
  return cidr && { path, text, cidr };
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

function hostBits({ path, text, cidr }: Range): readonly Problem[] {
  const network = textOf(cidr);
  if (text === network) return [];
  return [{ path, message: `${text} is an address inside a range, write the range as ${network}` }];
}

function meeting(earlier: Range, later: Range): readonly Problem[] {
  if (!overlap(earlier.cidr, later.cidr)) return [];
  const message = `${later.text} overlaps ${earlier.text} in ${earlier.path}: an address must belong to one range only, so correct or remove one of the two`;
  return [{ path: later.path, message }];
}

/** Every range that is not written as one, then every pair that overlaps. */
export function rangeProblems(spec: HybridNetworkSpec): readonly Problem[] {
  const ranges = rangesOf(spec);
  const overlaps = ranges.flatMap((later, n) =>
    ranges.slice(0, n).flatMap((earlier) => meeting(earlier, later)),
  );
  return [...ranges.flatMap(hostBits), ...overlaps];
}
