// What the rules of security groups let through. Rules of all groups of an interface count together: the lower number of
// priority first, and of one priority Drop before Accept. What no rule mentions is dropped on the way in.
import type { SecurityGroupRule, SecurityGroupRules } from '../cloud-facts.ts';
import { contains, cover, overlap, parseCidr } from '../ipv4.ts';
import type { Cidr } from '../ipv4.ts';

export interface Traffic {
  readonly from: Cidr;
  /** As the cloud names it: `TCP`, `UDP`, `ICMP`, or `IPIP`, for which there is only `ALL`. */
  readonly protocol: string;
  /** undefined: every port. */
  readonly port?: number;
}

function isForProtocol({ protocol }: SecurityGroupRule, traffic: Traffic): boolean {
  const wanted = protocol.toUpperCase();
  return wanted === 'ALL' || wanted === traffic.protocol;
}

function portsOf({ portRange }: SecurityGroupRule): readonly [number, number] {
  const [low = -1, high = low] = portRange.split('/').map(Number);
  return low === -1 ? [0, 65_535] : [low, high];
}

function touchesPort(rule: SecurityGroupRule, { port }: Traffic): boolean {
  const [low, high] = portsOf(rule);
  return port === undefined || (low <= port && port <= high);
}

function hasPort(rule: SecurityGroupRule, { port }: Traffic): boolean {
  const [low, high] = portsOf(rule);
  return port === undefined ? low <= 1 && high >= 65_535 : low <= port && port <= high;
}

function byPrecedence(a: SecurityGroupRule, b: SecurityGroupRule): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  return (a.policy === 'Drop' ? 0 : 1) - (b.policy === 'Drop' ? 0 : 1);
}

function smaller(a: Cidr, b: Cidr): Cidr {
  return contains(a, b) ? b : a;
}

// What was accepted before a Drop stays accepted.
function refuses(rule: SecurityGroupRule, cidr: Cidr, traffic: Traffic, accepted: readonly Cidr[]): boolean {
  if (rule.policy !== 'Drop' || !touchesPort(rule, traffic) || !overlap(cidr, traffic.from)) return false;
  return !cover(accepted, smaller(cidr, traffic.from));
}

function isAllAccepted(rules: readonly SecurityGroupRule[], traffic: Traffic): boolean {
  const accepted: Cidr[] = [];
  for (const rule of rules) {
    const cidr = parseCidr(rule.cidr ?? '');
    if (cidr === undefined) continue;
    if (refuses(rule, cidr, traffic, accepted)) return false;
    if (rule.policy === 'Accept' && hasPort(rule, traffic)) accepted.push(cidr);
  }
  return cover(accepted, traffic.from);
}

/**
 * Whether all of the traffic gets in. `undefined`: prefix lists decide, and what is in them is not known. A rule that
 * names a group as its source counts for nothing here: what comes from the data center is in no group.
 */
export function admits(groups: readonly SecurityGroupRules[], traffic: Traffic): boolean | undefined {
  const rules = groups
    .flatMap((group) => group.rules)
    .filter((rule) => rule.direction === 'ingress' && isForProtocol(rule, traffic))
    .toSorted(byPrecedence);
  if (isAllAccepted(rules, traffic)) return true;
  const isByList = rules.some(
    ({ prefixListId, policy }) => prefixListId !== undefined && policy === 'Accept',
  );
  return isByList ? undefined : false;
}
