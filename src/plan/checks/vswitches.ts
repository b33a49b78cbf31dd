// The pod vSwitches of eni_conf. Terway looks at none of this when it starts: the first pod that gets no address tells.
import { nodesToRecycle, zoneCapacities } from '../capacity.ts';
import type { ZoneCapacity } from '../capacity.ts';
import type { VSwitch } from '../cloud-facts.ts';
import { parseCidr } from '../ipv4.ts';
import { count, listed } from '../wording.ts';
import { cloudPart } from './check-facts.ts';
import type { CheckFacts } from './check-facts.ts';
import type { Check } from './check.ts';
import {
  absentVSwitches,
  cloudNodesOf,
  eniSettings,
  listedVSwitches,
  ofCloudNodes,
  ofTerway,
  whereTerwayRuns,
} from './known-facts.ts';
import type { ListedVSwitch } from './known-facts.ts';
import { all, failed, given, mapped, passed, unless } from './outcome.ts';
import type { Known, Outcome } from './outcome.ts';

interface Found extends ListedVSwitch {
  /** undefined: the VPC has no such vSwitch. */
  readonly vSwitch: VSwitch | undefined;
}

function found(facts: CheckFacts): Known<readonly Found[]> {
  return mapped(all(listedVSwitches(facts), cloudPart(facts, 'vSwitches')), ([listedOnes, vSwitches]) =>
    listedOnes.map((one) => ({ ...one, vSwitch: vSwitches.get(one.id) })),
  );
}

function existing(facts: CheckFacts): Known<readonly { readonly zone: string; readonly vSwitch: VSwitch }[]> {
  return mapped(found(facts), (ones) =>
    ones.flatMap(({ zone, vSwitch }) => (vSwitch === undefined ? [] : [{ zone, vSwitch }])),
  );
}

const exist: Check = {
  id: 'C10',
  title: 'Every vSwitch of eni_conf exists and is available',
  severity: 'error',
  needs: ['spec', 'cluster', 'vSwitches'],
  remedy: 'Correct spec.terway.eniConfig.vSwitches, or create the vSwitch.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () => {
      const absent = absentVSwitches(facts);
      if (absent.length > 0) return unless(absent.map((id) => `The VPC has no vSwitch ${id}.`));
      return given(found(facts), (ones) =>
        unless(
          ones.flatMap(({ id, zone, vSwitch }) => {
            if (vSwitch === undefined) return [`The VPC has no vSwitch ${id}, which stands under ${zone}.`];
            return vSwitch.status === 'Available' ? [] : [`vSwitch ${id} is ${vSwitch.status}.`];
          }),
        ),
      );
    }),
};

const inVpc: Check = {
  id: 'C11',
  title: 'Every vSwitch of eni_conf lies in the VPC of the cloud nodes',
  severity: 'error',
  needs: ['spec', 'cluster', 'vSwitches', 'vpc'],
  remedy: 'Name vSwitches of the VPC that the cloud nodes are in: an interface cannot cross VPCs.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => all(existing(facts), cloudPart(facts, 'vpc')),
      ([ones, vpc]) =>
        unless(
          ones
            .filter(({ vSwitch }) => vSwitch.vpcId !== vpc.id)
            .map(({ vSwitch }) => `vSwitch ${vSwitch.id} lies in ${vSwitch.vpcId}, not in ${vpc.id}.`),
        ),
    ),
};

const inZone: Check = {
  id: 'C12',
  title: 'Every vSwitch of eni_conf stands under its own zone',
  severity: 'error',
  needs: ['spec', 'cluster', 'vSwitches'],
  remedy: 'Move the id to its zone in spec.terway.eniConfig.vSwitches.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => existing(facts),
      (ones) =>
        unless(
          ones
            .filter(({ zone, vSwitch }) => vSwitch.zoneId !== zone)
            .map(
              ({ zone, vSwitch }) =>
                `vSwitch ${vSwitch.id} lies in zone ${vSwitch.zoneId} and stands under ${zone}.`,
            ),
        ),
    ),
};

const everyZone: Check = {
  id: 'C13',
  title: 'Every zone with cloud nodes has a pod vSwitch',
  severity: 'error',
  needs: ['spec', 'cluster', 'instances'],
  remedy:
    'Add a vSwitch of that zone to spec.terway.eniConfig.vSwitches: without one Terway silently takes the vSwitch of the node itself.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      ofCloudNodes(facts, (nodes) =>
        given(eniSettings(facts), ({ vSwitches }) => {
          const zoned = nodes.flatMap(({ zoneId }) => zoneId ?? []);
          const bare = [...new Set(zoned)].filter((zone) => (vSwitches.get(zone) ?? []).length === 0);
          if (bare.length > 0)
            return unless(bare.map((zone) => `Zone ${zone} has cloud nodes and no vSwitch.`));
          const unknown = nodes.filter(({ zoneId }) => zoneId === undefined).map(({ node }) => node.name);
          if (unknown.length === 0) return passed();
          return { state: 'unchecked', why: `The zone of these nodes is not known: ${listed(unknown)}.` };
        }),
      ),
    ),
};

/** The zones with what is left in them. */
export function zones(facts: CheckFacts): Known<readonly ZoneCapacity[]> {
  const types = cloudPart(facts, 'instanceTypes');
  const nodes = cloudNodesOf(facts);
  return mapped(all(eniSettings(facts), cloudPart(facts, 'vSwitches')), ([settings, vSwitches]) =>
    zoneCapacities({
      settings,
      vSwitches,
      nodes: nodes.known ? nodes.value : [],
      types: types.known ? types.value : new Map(),
      maxNodes: facts.maxNodes,
    }),
  );
}

function shortage({ zone, freeIPs, totalIPs, nodesToCome, neededIPs }: ZoneCapacity): string | undefined {
  if (freeIPs < neededIPs) {
    return `Zone ${zone} has ${freeIPs} free addresses, and ${count(nodesToCome, 'node')} to come will take ${neededIPs} for their pools alone.`;
  }
  if (freeIPs * 5 < totalIPs) return `Zone ${zone} has ${freeIPs} of ${totalIPs} addresses left.`;
  return undefined;
}

function forecastNote(capacities: readonly ZoneCapacity[]): string {
  return capacities
    .map(({ zone, freeIPs, nodesToCome, neededWhenFull }) => {
      const full = neededWhenFull === undefined ? '' : `, up to ${neededWhenFull} when they are full`;
      const coming = nodesToCome === 0 ? '' : ` (${count(nodesToCome, 'node')} to come${full})`;
      return `${zone}: ${freeIPs} free${coming}`;
    })
    .join('; ');
}

function addressesLeft(capacities: readonly ZoneCapacity[]): Outcome {
  const empty = capacities.filter(({ vSwitches, freeIPs }) => vSwitches.length > 0 && freeIPs === 0);
  if (empty.length > 0) {
    const names = empty.map(({ zone, vSwitches }) => `zone ${zone} (${vSwitches.join(', ')})`);
    return failed(`No address is left in ${names.join(', ')}.`, { severity: 'error' });
  }
  const short = capacities.flatMap((one) => shortage(one) ?? []);
  return short.length > 0 ? failed(short.join(' ')) : passed(`${forecastNote(capacities)}.`);
}

const enoughAddresses: Check = {
  id: 'C14',
  title: 'The pod vSwitches have addresses enough for the nodes to come',
  severity: 'warning',
  needs: ['spec', 'cluster', 'vSwitches', 'instances', 'instanceTypes'],
  remedy:
    'Add a vSwitch of the zone to spec.terway.eniConfig.vSwitches. Nodes whose interfaces are all in use keep to the old one until they are re-created.',
  evaluate: (facts) => ofTerway(facts, () => zones(facts), addressesLeft),
};

/** Kubernetes 网络规划 of ACK advises /19 or larger. */
const ADVISED = 19;

const largeEnough: Check = {
  id: 'C15',
  title: 'The pod vSwitches are as large as ACK advises',
  severity: 'info',
  needs: ['spec', 'cluster', 'vSwitches'],
  remedy: 'A vSwitch cannot grow: plan with /19 (8,192 addresses) or larger, or add further ones in time.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => existing(facts),
      (ones) =>
        unless(
          ones
            .filter(({ vSwitch }) => (parseCidr(vSwitch.cidr)?.length ?? 0) > ADVISED)
            .map(({ vSwitch }) => `vSwitch ${vSwitch.id} has ${vSwitch.cidr}.`),
        ),
    ),
};

const wayOut: Check = {
  id: 'C17',
  title: 'Pods have a way to the Internet',
  severity: 'info',
  needs: ['spec', 'cluster', 'vpc', 'routeTables'],
  remedy:
    'If pods need the Internet, add a NAT gateway to the VPC and an SNAT entry for every pod vSwitch: one for the node vSwitch does not serve them.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => all(cloudPart(facts, 'vpc'), cloudPart(facts, 'routeTables')),
      ([vpc, tables]) => {
        const isOut = tables.some(({ entries }) =>
          entries.some(({ destination }) => destination === '0.0.0.0/0'),
        );
        if (isOut || vpc.natGatewayIds.length > 0) return passed();
        return failed(`VPC ${vpc.id} has neither a NAT gateway nor a default route.`);
      },
    ),
};

const upToDate: Check = {
  id: 'C18',
  title: 'Every interface of the cloud nodes has the vSwitch and the security groups of eni_conf',
  severity: 'warning',
  needs: ['spec', 'cluster', 'instances', 'networkInterfaces'],
  remedy: 'Drain these nodes and re-create them: Terway changes no interface that is there.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      ofCloudNodes(facts, (nodes) =>
        given(
          all(eniSettings(facts), cloudPart(facts, 'networkInterfaces'), cloudPart(facts, 'instances')),
          ([settings, interfaces]) =>
            unless(
              nodesToRecycle(nodes, interfaces, settings).map(
                ({ node, interfaces: ids, outdated }) =>
                  `Node ${node}: ${count(ids.length, 'interface')} with ${outdated.join(' and ')} of before a change (${listed(ids, 3)}).`,
              ),
            ),
        ),
      ),
    ),
};

export const VSWITCHES: readonly Check[] = [
  exist,
  inVpc,
  inZone,
  everyZone,
  enoughAddresses,
  largeEnough,
  wayOut,
  upToDate,
];
