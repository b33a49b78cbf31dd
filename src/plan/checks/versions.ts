// Which versions get on with each other: Terway's, that of Kubernetes, and the systems of the cloud nodes.
import type { CloudNode } from '../cloud-nodes.ts';
import { listed } from '../wording.ts';
import { detailNeeded } from './check-facts.ts';
import type { NodeDetail } from './check-facts.ts';
import type { Check } from './check.ts';
import {
  isAtLeast,
  ofCloudNodes,
  ofTerway,
  parseVersion,
  terwayVersion,
  whereTerwayRuns,
} from './known-facts.ts';
import type { Version } from './known-facts.ts';
import { all, failed, given, passed, unchecked, unless } from './outcome.ts';
import type { Outcome } from './outcome.ts';

/** Since this release the init container refuses older kernels (cmd/terway-cli/cni.go). */
const KERNEL_SINCE: Version = [1, 14, 0];
const KERNEL: Version = [5, 10, 0];
/** Since this release ACK supports neither CentOS nor Alibaba Cloud Linux 2. */
const NO_CENTOS_SINCE: Version = [1, 9, 2];
const DROPPED = /CentOS|Alibaba Cloud Linux.* 2\b|Aliyun Linux.* 2\b/i;

function oldKernels(
  nodes: readonly CloudNode[],
  details: ReadonlyMap<string, NodeDetail>,
  version: Version,
): Outcome {
  if (!isAtLeast(version, KERNEL_SINCE)) return passed();
  const kernels = nodes.map(({ node: { name } }) => {
    const text = details.get(name)?.kernelVersion ?? '';
    return { name, text, kernel: parseVersion(text) };
  });
  const old = kernels.filter(({ kernel }) => kernel !== undefined && !isAtLeast(kernel, KERNEL));
  if (old.length > 0) {
    return unless(
      old.map(
        ({ name, text }) => `Node ${name} has kernel ${text}, and Terway ${version.join('.')} wants 5.10.`,
      ),
    );
  }
  const unknown = kernels.filter(({ kernel }) => kernel === undefined).map(({ name }) => name);
  return unknown.length === 0
    ? passed()
    : unchecked(`The kernel of these nodes is not known: ${listed(unknown)}.`);
}

function systemProblems(
  nodes: readonly CloudNode[],
  details: ReadonlyMap<string, NodeDetail>,
  version: Version,
): Outcome {
  const kernels = oldKernels(nodes, details, version);
  const dropped = isAtLeast(version, NO_CENTOS_SINCE)
    ? nodes.filter(({ node }) => DROPPED.test(details.get(node.name)?.osImage ?? ''))
    : [];
  if (kernels.state === 'failed' || dropped.length === 0) return kernels;
  const names = listed(dropped.map(({ node }) => `${node.name} (${details.get(node.name)?.osImage ?? ''})`));
  return failed(`Terway ${version.join('.')} is not supported on ${names}.`, { severity: 'warning' });
}

const systems: Check = {
  id: 'C44',
  title: 'The systems of the cloud nodes get on with this Terway',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy:
    'Take an image with kernel 5.10 or newer for the node pool (Alibaba Cloud Linux 3), or stay with Terway 1.13.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      ofCloudNodes(facts, (nodes) =>
        given(all(detailNeeded(facts, 'nodes'), terwayVersion(facts)), ([details, version]) =>
          systemProblems(nodes, details, version),
        ),
      ),
    ),
};

/** Terway from → Kubernetes from, as the release notes of ACK say. The newest that fits counts. */
const FLOORS: readonly (readonly [terway: Version, kubernetes: Version])[] = [
  [
    [1, 10, 0],
    [1, 31, 0],
  ],
  [
    [1, 9, 0],
    [1, 30, 0],
  ],
  [
    [1, 7, 0],
    [1, 24, 0],
  ],
  [
    [1, 5, 1],
    [1, 22, 0],
  ],
];

/** Took no notice of vswitches (terway #811). */
const IGNORES_VSWITCHES: readonly [Version, Version] = [
  [1, 13, 0],
  [1, 13, 7],
];

function versionsFit(terway: Version, kubernetes: Version | undefined, server: string): Outcome {
  const name = terway.join('.');
  const floor = FLOORS.find(([from]) => isAtLeast(terway, from))?.[1];
  if (kubernetes === undefined) return unchecked(`${server} is no version of Kubernetes.`);
  if (floor !== undefined && !isAtLeast(kubernetes, floor)) {
    return failed(`Terway ${name} wants Kubernetes ${floor[0]}.${floor[1]}, and this is ${server}.`);
  }
  const [from, to] = IGNORES_VSWITCHES;
  if (isAtLeast(terway, from) && !isAtLeast(terway, to)) {
    return failed(`Terway ${name} takes no notice of vswitches in eni_conf.`, {
      severity: 'warning',
      remedy: 'Upgrade to Terway 1.13.7 or newer.',
    });
  }
  return passed();
}

const matrix: Check = {
  id: 'C45',
  title: 'This Terway gets on with this Kubernetes',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy: 'Upgrade Kubernetes first, or take an older Terway: 1.8 for Kubernetes 1.24 to 1.29, 1.9 for 1.30.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => all(terwayVersion(facts), detailNeeded(facts, 'serverVersion')),
      ([terway, server]) => versionsFit(terway, parseVersion(server), server),
    ),
};

export const VERSIONS: readonly Check[] = [systems, matrix];
