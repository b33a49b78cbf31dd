// Ranges that must not meet. A VPC always prefers the route of its own vSwitch, and kube-proxy takes every address of the
// Service CIDR: what lies in two ranges is reached in one of them only.
import { contains, overlap, parseCidr, textOf } from '../ipv4.ts';
import type { Cidr } from '../ipv4.ts';
import { cloudPart } from './check-facts.ts';
import type { CheckFacts } from './check-facts.ts';
import type { Check } from './check.ts';
import { eniSettings, whereTerwayRuns } from './known-facts.ts';
import { all, failed, given, passed, unless } from './outcome.ts';
import type { Known, Outcome, Severity } from './outcome.ts';
import {
  apart,
  inWords,
  nested,
  nodeCIDRs,
  podCIDRs,
  podVSwitchRanges,
  realServiceCIDR,
  serviceCIDR,
  vpcRanges,
  vSwitchRanges,
} from './ranges.ts';
import type { Range } from './ranges.ts';

const serviceAndPodVSwitches: Check = {
  id: 'C01',
  title: 'The Service CIDR and the pod vSwitches are apart',
  severity: 'error',
  needs: ['spec', 'cluster', 'details', 'vSwitches'],
  remedy:
    'Choose pod vSwitches outside of the Service CIDR: the Service CIDR of a cluster cannot be changed.',
  evaluate: (facts) => whereTerwayRuns(facts, () => apart([serviceCIDR(facts)], [podVSwitchRanges(facts)])),
};

function sameRange(configured: string | undefined, real: readonly Range[]): Outcome {
  const cidr = configured === undefined ? undefined : parseCidr(configured);
  if (configured === undefined)
    return passed('eni_conf has no service_cidr; Terway takes it from kubeadm-config.');
  if (cidr === undefined) return failed(`service_cidr of eni_conf is no IPv4 range: ${configured}.`);
  if (real.some((range) => textOf(range.cidr) === textOf(cidr))) return passed();
  return failed(`service_cidr of eni_conf is ${configured}, but ${real.map(inWords).join(', ')}.`);
}

const serviceCIDRIsReal: Check = {
  id: 'C02',
  title: 'service_cidr of eni_conf is the Service CIDR of the API server',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy:
    'Write the Service CIDR of the API server into spec.terway.eniConfig.serviceCIDR; nodes that joined before have to be re-created, for Terway reads it once.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      given(all(eniSettings(facts), realServiceCIDR(facts)), ([settings, real]) =>
        sameRange(settings.serviceCIDR, real),
      ),
    ),
};

const serviceAndVpc: Check = {
  id: 'C03',
  title: 'The Service CIDR and the blocks of the VPC are apart',
  severity: 'warning',
  needs: ['spec', 'cluster', 'details', 'vpc'],
  remedy: 'Never give these addresses to anything in the VPC: pods cannot reach it.',
  evaluate: (facts) => apart([serviceCIDR(facts)], [vpcRanges(facts)]),
};

const serviceAndOnPremises: Check = {
  id: 'C04',
  title: 'The Service CIDR and the on-premises nodes and pods are apart',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy: 'Correct the range that is written down wrongly; if all are right, the nodes or pods have to move.',
  evaluate: (facts) => apart([serviceCIDR(facts)], [nodeCIDRs(facts), podCIDRs(facts)]),
};

const podsAndVSwitches: Check = {
  id: 'C05',
  title: 'The on-premises pods and the vSwitches are apart',
  severity: 'error',
  needs: ['spec', 'cluster', 'details', 'vSwitches'],
  remedy: 'Use another vSwitch, or give the on-premises CNI another pool.',
  evaluate: (facts) => apart([podCIDRs(facts)], [vSwitchRanges(facts)]),
};

function podsOutsideVpc(pods: readonly Range[], vpc: readonly Range[]): Outcome {
  return unless(
    nested(pods, vpc).map(([pod, block]) => {
      const how = contains(block.cidr, pod.cidr) ? 'lies inside' : 'is around';
      return `${inWords(pod)} ${how} ${inWords(block)}.`;
    }),
  );
}

const podsAndVpc: Check = {
  id: 'C06',
  title: 'The on-premises pods lie outside of the blocks of the VPC',
  severity: 'warning',
  needs: ['spec', 'cluster', 'details', 'vpc'],
  remedy:
    'It works as long as no vSwitch has these addresses and the route to them is more specific than the block of the VPC: create no vSwitch there.',
  evaluate: (facts) =>
    given(all(podCIDRs(facts), vpcRanges(facts)), ([pods, vpc]) => podsOutsideVpc(pods, vpc)),
};

// A route that is less specific than the vSwitch takes nothing from it.
function routesElsewhere(facts: CheckFacts): Known<readonly Range[]> {
  const tables = cloudPart(facts, 'routeTables');
  if (!tables.known) return tables;
  const entries = tables.value.flatMap(({ id, entries: own }) =>
    own
      .filter(({ type }) => type !== 'System')
      .flatMap(({ destination, nextHops }) => {
        const cidr = parseCidr(destination);
        const hop = nextHops.map((one) => `${one.type} ${one.id}`).join(', ');
        return cidr === undefined ? [] : [{ what: `the route of ${id} to ${hop}`, cidr }];
      }),
  );
  return { known: true, value: entries };
}

function vSwitchesKept(vSwitches: readonly Range[], routes: readonly Range[]): Outcome {
  const taken = vSwitches.flatMap((vSwitch) =>
    routes
      .filter(({ cidr }) => contains(vSwitch.cidr, cidr))
      .map((route) => `${inWords(route)} takes addresses of ${inWords(vSwitch)}.`),
  );
  return unless(taken);
}

const podVSwitchesAreFree: Check = {
  id: 'C07',
  title: 'No on-premises node and no route to elsewhere has addresses of a pod vSwitch',
  severity: 'error',
  needs: ['spec', 'cluster', 'details', 'vSwitches', 'routeTables'],
  remedy: 'Use another pod vSwitch, or withdraw the route.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () => {
      const nodes = apart([podVSwitchRanges(facts)], [nodeCIDRs(facts)]);
      if (nodes.state === 'failed') return nodes;
      const routes = given(all(podVSwitchRanges(facts), routesElsewhere(facts)), ([vSwitches, entries]) =>
        vSwitchesKept(vSwitches, entries),
      );
      return routes.state === 'passed' ? nodes : routes;
    }),
};

interface Reserved {
  readonly cidr: Cidr;
  readonly what: string;
  readonly severity: Severity;
}

function reserved(text: string, what: string, severity: Severity): readonly Reserved[] {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [{ cidr, what, severity }];
}

const RESERVED: readonly Reserved[] = [
  ...reserved('0.0.0.0/8', 'means this host', 'error'),
  ...reserved('127.0.0.0/8', 'is the loopback', 'error'),
  ...reserved('169.254.0.0/16', 'is link-local', 'error'),
  ...reserved('224.0.0.0/4', 'is multicast', 'error'),
  ...reserved('240.0.0.0/4', 'is reserved', 'error'),
  ...reserved('100.64.0.0/10', 'is used by services of the cloud itself', 'warning'),
];

function meetings(ranges: readonly Range[], severity: Severity): readonly string[] {
  return ranges.flatMap((range) =>
    RESERVED.filter((one) => one.severity === severity && overlap(one.cidr, range.cidr)).map(
      ({ cidr, what }) => `${inWords(range)} meets ${textOf(cidr)}, which ${what}.`,
    ),
  );
}

const nothingReserved: Check = {
  id: 'C08',
  title: 'No range is one that is reserved',
  severity: 'error',
  needs: ['spec', 'cluster', 'details', 'vSwitches'],
  remedy: 'Use private addresses: 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.',
  evaluate: (facts) => {
    const sides = [serviceCIDR(facts), podCIDRs(facts), nodeCIDRs(facts), podVSwitchRanges(facts)];
    const ranges = sides.flatMap((side) => (side.known ? side.value : []));
    const [errors, warnings] = [meetings(ranges, 'error'), meetings(ranges, 'warning')];
    if (errors.length > 0) return failed(errors.join(' '));
    if (warnings.length > 0) return failed(warnings.join(' '), { severity: 'warning' });
    return given(sides.find((side) => side.known) ?? serviceCIDR(facts), () => passed());
  },
};

export const ADDRESSES: readonly Check[] = [
  serviceAndPodVSwitches,
  serviceCIDRIsReal,
  serviceAndVpc,
  serviceAndOnPremises,
  podsAndVSwitches,
  podsAndVpc,
  podVSwitchesAreFree,
  nothingReserved,
];
