// The text of eni-config itself. Terway passes over unknown keys without a word, and dies of a wrong type.
import { CLUSTER_LABEL } from '../cloud-nodes.ts';
import { readConfig } from '../eni/config-map.ts';
import type { LiveConfig } from '../eni/config-map.ts';
import { findingsIn, warningsIn } from '../eni/findings.ts';
import type { EniSettings } from '../eni/settings.ts';
import type { Facts } from '../facts.ts';
import { kindOfNode } from '../nodes.ts';
import { listed } from '../wording.ts';
import { clusterOf } from './check-facts.ts';
import type { Check } from './check.ts';
import { eniSettings, ofTerway } from './known-facts.ts';
import { all, failed, passed, unchecked, unless } from './outcome.ts';
import type { Outcome } from './outcome.ts';

function judge({ eniConf }: LiveConfig): Outcome {
  const findings = findingsIn(eniConf).map(({ problem }) => `eni_conf: ${problem}.`);
  if (findings.length > 0) return unless(findings);
  const warnings = warningsIn(eniConf);
  return warnings.length === 0 ? passed() : failed(warnings.join(' '), { severity: 'warning' });
}

function readable({ eniConfig, network }: Facts): Outcome {
  switch (eniConfig.state) {
    case 'unknown':
      return unchecked('ConfigMap kube-system/eni-config has not been read yet.');
    case 'forbidden':
      return unchecked(`ConfigMap kube-system/eni-config may not be read: ${eniConfig.why}.`);
    case 'absent':
      return network.spec.terway?.eniConfig === undefined
        ? failed('There is no ConfigMap kube-system/eni-config.')
        : passed('There is none yet; the operator creates it from spec.terway.eniConfig.');
    case 'present': {
      const config = readConfig(eniConfig.object, network.spec);
      if (config.state === 'malformed') return failed(`eni-config: ${config.problem}.`);
      return config.lacksCniConf
        ? failed('eni-config has no key 10-terway.conf, without which Terway does not start.')
        : judge(config.live);
    }
  }
}

const isReadable: Check = {
  id: 'C35',
  title: 'eni-config can be read, has no placeholder left and no key that Terway does not know',
  severity: 'error',
  needs: ['spec', 'cluster'],
  remedy:
    'Correct it: kubectl -n kube-system edit configmap eni-config. Or set spec.terway.eniConfig, and the operator holds the values.',
  evaluate: (facts) => ofTerway(facts, () => clusterOf(facts), readable),
};

const AGENT = /^ack-cluster-agent$/;

/** The id of the registered cluster: what its agent was given, and what the node pool wrote on the nodes. */
function clusterIds({ workloads, nodes }: Facts): readonly string[] {
  const ofAgent = workloads
    .filter(({ name }) => AGENT.test(name))
    .flatMap(({ template }) => template.spec.containers ?? [])
    .flatMap(({ env = [] }) => env.filter(({ name }) => name === 'KUBERNETES_CLUSTER_ID'))
    .flatMap(({ value }) => value ?? []);
  const ofNodes = nodes
    .filter((node) => kindOfNode(node) === 'cloud')
    .flatMap(({ labels }) => labels[CLUSTER_LABEL] ?? []);
  return [...new Set([...ofAgent, ...ofNodes])];
}

function tagged({ eniTags }: EniSettings, cluster: Facts): Outcome {
  const ids = clusterIds(cluster);
  const tag = eniTags[CLUSTER_LABEL];
  if (ids.length === 0) return unchecked(`Neither the agent nor a node tells the id of this cluster.`);
  if (tag === undefined) return failed(`eni_tags has no ${CLUSTER_LABEL}; this cluster is ${listed(ids)}.`);
  return ids.includes(tag) ? passed() : failed(`eni_tags says ${tag}, and this cluster is ${listed(ids)}.`);
}

const ownTag: Check = {
  id: 'C36',
  title: 'eni_tags carry the id of this cluster',
  severity: 'warning',
  needs: ['spec', 'cluster'],
  remedy:
    'Set spec.terway.eniConfig.eniTags before the first cloud node joins: interfaces that are there keep their tags, and without the right one nobody can tell whose they are.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => all(eniSettings(facts), clusterOf(facts)),
      ([settings, cluster]) => tagged(settings, cluster),
    ),
};

export const ENI_CONFIG_CHECKS: readonly Check[] = [isReadable, ownTag];
