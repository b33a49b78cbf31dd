// Routes between the two sides, as far as they show in the VPC and in the cluster.
import type { RouteEntry, RouteTable } from '../cloud-facts.ts';
import { aggregate, contains, parseCidr, supernet, textOf } from '../ipv4.ts';
import type { Cidr } from '../ipv4.ts';
import { count, listed } from '../wording.ts';
import { cloudPart, detail } from './check-facts.ts';
import type { CheckFacts } from './check-facts.ts';
import type { Check } from './check.ts';
import { listedVSwitches } from './known-facts.ts';
import { all, failed, given, known, mapped, missing, notApplicable, passed, unless } from './outcome.ts';
import type { Known, Outcome } from './outcome.ts';
import { inWords, nodeCIDRs, nodePodRanges, podCIDRs } from './ranges.ts';
import type { Range } from './ranges.ts';

/** Next hops that lead nowhere near a data center. */
const ELSEWHERE = ['local', 'service', 'natgateway', 'ipv6gateway'];

function leads({ type, status, nextHops }: RouteEntry): boolean {
  if (type === 'System' || !['Available', ''].includes(status)) return false;
  return nextHops.some((hop) => !ELSEWHERE.includes(hop.type.toLowerCase()));
}

function reaches(table: RouteTable, { cidr }: Range): boolean {
  return table.entries.filter(leads).some(({ destination }) => {
    const route = parseCidr(destination);
    return route !== undefined && contains(route, cidr);
  });
}

/** The tables of the pod vSwitches: their own, or the one of the VPC. */
function tablesOf(tables: readonly RouteTable[], vSwitches: readonly string[]): readonly RouteTable[] {
  const system = tables.filter(({ type }) => type === 'System');
  const found = vSwitches.flatMap((id) => {
    const own = tables.filter(({ vSwitchIds }) => vSwitchIds.includes(id));
    return own.length > 0 ? own : system;
  });
  return [...new Set(found)];
}

function destinations(facts: CheckFacts): Known<readonly Range[]> {
  if (facts.network.spec.scenario !== 'BGP') return nodeCIDRs(facts);
  return mapped(all(nodeCIDRs(facts), podCIDRs(facts)), ([nodes, pods]) => [...nodes, ...pods]);
}

const routesHome: Check = {
  id: 'C82',
  title: 'The VPC has routes to the nodes and pods of the data center',
  severity: 'error',
  needs: ['spec', 'cluster', 'details', 'routeTables'],
  remedy:
    'Publish the on-premises ranges to the VPC (Cloud Enterprise Network, Express Connect or VPN gateway), or add a route to the table. The way back, a route in the data center to the pod vSwitches, does not show here.',
  evaluate: (facts) =>
    facts.network.spec.scenario === 'Overlay'
      ? notApplicable('Scenario Overlay needs routes to the nodes only, and its nodes have joined by them.')
      : given(
          all(listedVSwitches(facts), cloudPart(facts, 'routeTables'), destinations(facts)),
          ([vSwitches, tables, ranges]) =>
            unless(
              tablesOf(
                tables,
                vSwitches.map(({ id }) => id),
              ).flatMap((table) =>
                ranges
                  .filter((range) => !reaches(table, range))
                  .map((range) => `Route table ${table.id} has no route to ${inWords(range)}.`),
              ),
            ),
        ),
};

/** Dynamic routes that a virtual border router takes from one BGP peer; the rest is dropped (Express Connect). */
export const ROUTES_PER_PEER = 110;
const WARN_AT = 0.8;

function blocks(facts: CheckFacts): Known<readonly Cidr[]> {
  const ofCni = detail(facts, 'addressBlocks');
  const found = ofCni.known ? (ofCni.value ?? []).flatMap((text) => parseCidr(text) ?? []) : [];
  if (found.length > 0) return known(found);
  const ofNodes = nodePodRanges(facts);
  if (ofNodes.known && ofNodes.value.length > 0) return known(ofNodes.value.map(({ cidr }) => cidr));
  return missing(ofCni.known ? 'Neither the CNI nor the nodes tell their address blocks.' : ofCni.why);
}

/** The pools that hold all blocks; without them the smallest range that does. */
function aggregateOf(own: readonly Cidr[], facts: CheckFacts): readonly Cidr[] {
  const pools = podCIDRs(facts);
  const ranges = pools.known ? pools.value.map(({ cidr }) => cidr) : [];
  const holding = aggregate(ranges.filter((range) => own.some((one) => contains(range, one))));
  if (own.every((one) => holding.some((range) => contains(range, one)))) return holding;
  const whole = supernet(own);
  return whole === undefined ? [] : [whole];
}

function asRoutes(own: readonly Cidr[], facts: CheckFacts): Outcome {
  const n = own.length;
  const joined = aggregateOf(own, facts).map(textOf);
  const said = `${count(n, 'address block')}, as one: ${listed(joined)}`;
  if (n <= ROUTES_PER_PEER * WARN_AT) return passed(`${said}.`);
  const lines = joined.map((text) => `  aggregate-address ${text} summary-only`).join('\n');
  const dropped =
    n > ROUTES_PER_PEER ? ` Announced one by one, ${n - ROUTES_PER_PEER} of them are dropped.` : '';
  return failed(`${said}; the router takes ${ROUTES_PER_PEER} from a peer.${dropped}`, {
    remedy: `Let the router of the data center announce the aggregate in place of the blocks; as FRR has it:\n${lines}`,
  });
}

const routesPerPeer: Check = {
  id: 'C83',
  title: 'The address blocks of the on-premises CNI stay below the routes that a BGP peer may announce',
  severity: 'warning',
  needs: ['spec', 'cluster', 'details'],
  remedy: 'Announce an aggregate in place of the blocks.',
  evaluate: (facts) =>
    facts.network.spec.scenario === 'BGP'
      ? given(blocks(facts), (own) => asRoutes(own, facts))
      : notApplicable('Only scenario BGP announces routes.'),
};

export const ROUTES: readonly Check[] = [routesHome, routesPerPeer];
