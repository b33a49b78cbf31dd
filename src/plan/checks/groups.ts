// Which security groups count for pods and for cloud nodes.
import type { SecurityGroup, SecurityGroupRules } from '../cloud-facts.ts';
import { cloudPart } from './check-facts.ts';
import type { CheckFacts } from './check-facts.ts';
import { cloudNodesOf, eniSettings } from './known-facts.ts';
import { all, known, mapped, missing } from './outcome.ts';
import type { Known } from './outcome.ts';

/** The groups of eni_conf; those of the nodes where it names none. */
export function podGroupIds(facts: CheckFacts): Known<readonly string[]> {
  const settings = eniSettings(facts);
  if (!settings.known || settings.value.securityGroups.length > 0)
    return mapped(settings, ({ securityGroups }) => securityGroups);
  return nodeGroupIds(facts);
}

/** The groups of the instances behind the cloud nodes. */
function nodeGroupIds(facts: CheckFacts): Known<readonly string[]> {
  const nodes = all(cloudNodesOf(facts), cloudPart(facts, 'instances'));
  if (!nodes.known) return nodes;
  const ids = nodes.value[0].flatMap(({ instance }) => instance?.securityGroupIds ?? []);
  return ids.length === 0
    ? missing('There is no cloud node yet, so its groups are not known.')
    : known([...new Set(ids)]);
}

function groupsOf(facts: CheckFacts, ids: Known<readonly string[]>): Known<readonly SecurityGroup[]> {
  return mapped(all(ids, cloudPart(facts, 'securityGroups')), ([names, groups]) =>
    names.flatMap((id) => groups.get(id) ?? []),
  );
}

export function podGroups(facts: CheckFacts): Known<readonly SecurityGroup[]> {
  return groupsOf(facts, podGroupIds(facts));
}

/** A group with what it lets through. */
export type RuledGroup = SecurityGroup & SecurityGroupRules;

/** A group that was deleted between the two answers is left out. */
function ruled(facts: CheckFacts, groups: Known<readonly SecurityGroup[]>): Known<readonly RuledGroup[]> {
  return mapped(all(groups, cloudPart(facts, 'securityGroupRules')), ([found, rules]) =>
    found.flatMap((group) => {
      const own = rules.get(group.id);
      return own === undefined ? [] : [{ ...group, ...own }];
    }),
  );
}

export function ruledPodGroups(facts: CheckFacts): Known<readonly RuledGroup[]> {
  return ruled(facts, podGroups(facts));
}

/** Of the cloud nodes. */
export function ruledNodeGroups(facts: CheckFacts): Known<readonly RuledGroup[]> {
  return ruled(facts, groupsOf(facts, nodeGroupIds(facts)));
}
