// The security groups that eni_conf gives to the interfaces of pods.
import { nodeCapacities } from '../capacity.ts';
import type { SecurityGroup } from '../cloud-facts.ts';
import { cloudPart } from './check-facts.ts';
import type { CheckFacts } from './check-facts.ts';
import type { Check } from './check.ts';
import { podGroupIds, podGroups } from './groups.ts';
import { cloudNodesOf, eniSettings, isAtLeast, ofTerway, terwayVersion } from './known-facts.ts';
import { all, mapped, passed, unless } from './outcome.ts';
import type { Known } from './outcome.ts';

const exist: Check = {
  id: 'C20',
  title: 'Every security group of eni_conf exists, in the VPC',
  severity: 'error',
  needs: ['spec', 'cluster', 'securityGroups', 'vpc'],
  remedy: 'Correct spec.terway.eniConfig.securityGroupIDs.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => all(podGroupIds(facts), cloudPart(facts, 'securityGroups'), cloudPart(facts, 'vpc')),
      ([ids, groups, vpc]) =>
        unless(
          ids.flatMap((id) => {
            const group = groups.get(id);
            if (group === undefined) return [`There is no security group ${id}.`];
            return group.vpcId === vpc.id
              ? []
              : [`Security group ${id} lies in ${group.vpcId}, not in ${vpc.id}.`];
          }),
        ),
    ),
};

const oneType: Check = {
  id: 'C21',
  title: 'The security groups of eni_conf are all of one type',
  severity: 'error',
  needs: ['spec', 'cluster', 'securityGroups'],
  remedy: 'Take basic groups only, or advanced ones only: an interface takes no mixture.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => podGroups(facts),
      (groups) => {
        const types = new Set(groups.map(({ type }) => type));
        if (types.size <= 1) return passed();
        return unless([`${groups.map(({ id, type }) => `${id} is ${type}`).join(', ')}.`]);
      },
    ),
};

/** Of Terway since 1.13.6; five before that. */
const MOST_GROUPS = 10;
const MOST_GROUPS_BEFORE = 5;

const notTooMany: Check = {
  id: 'C22',
  title: 'eni_conf names no more security groups than an interface takes',
  severity: 'error',
  needs: ['spec', 'cluster'],
  remedy: 'Join the rules of several groups in one.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => eniSettings(facts),
      ({ securityGroups: { length } }) => {
        const version = terwayVersion(facts);
        const isOld = version.known && !isAtLeast(version.value, [1, 13, 6]);
        const most = isOld ? MOST_GROUPS_BEFORE : MOST_GROUPS;
        return unless(length > most ? [`There are ${length}, and this Terway takes ${most} at most.`] : []);
      },
    ),
};

/** Private addresses in a basic group, interfaces in an advanced one (ECS, limits of security groups). */
const ROOM = { normal: 6_000, enterprise: 65_536 } as const;

interface Use {
  readonly ips: number;
  readonly enis: number;
  readonly forecast: number;
}

function useOf(facts: CheckFacts): Known<Use> {
  const parts = all(
    cloudNodesOf(facts),
    cloudPart(facts, 'networkInterfaces'),
    cloudPart(facts, 'instanceTypes'),
    eniSettings(facts),
  );
  return mapped(parts, ([nodes, interfaces, types, settings]) => {
    const pods = nodeCapacities(nodes, types, settings).map((one) => one.pods);
    const perNode = pods.length === 0 ? 0 : Math.max(...pods);
    return {
      ips: interfaces.reduce((sum, { privateIPs }) => sum + privateIPs.length, 0),
      enis: interfaces.length,
      forecast: perNode * Math.max(facts.maxNodes ?? 0, nodes.length),
    };
  });
}

function tooFull({ id, type }: SecurityGroup, { ips, enis, forecast }: Use): readonly string[] {
  const room = ROOM[type];
  const used = type === 'normal' ? ips : enis;
  const unit = type === 'normal' ? 'private addresses' : 'interfaces';
  if (used > room * 0.8)
    return [`Security group ${id} has ${used} of ${room} ${unit} from cloud nodes alone.`];
  if (type === 'normal' && forecast > room)
    return [`Security group ${id} takes ${room} ${unit}, and the nodes may come to ${forecast}.`];
  return [];
}

const roomLeft: Check = {
  id: 'C23',
  title: 'The security groups of eni_conf have room for the pods to come',
  severity: 'warning',
  needs: ['spec', 'cluster', 'securityGroups', 'networkInterfaces', 'instances', 'instanceTypes'],
  remedy: 'Use an advanced security group: it takes 65,536 interfaces, a basic one 6,000 private addresses.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => all(podGroups(facts), useOf(facts)),
      ([groups, use]) => unless(groups.flatMap((group) => tooFull(group, use))),
    ),
};

export const SECURITY_GROUPS: readonly Check[] = [exist, oneType, notTooMany, roomLeft];
