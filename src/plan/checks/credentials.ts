// The access key that Terway works with.
import { KEY_ID, KEY_SECRET } from '../../api/annotations.ts';
import { accessKeyIn } from '../access-key.ts';
import type { CloudFacts, CloudObserved } from '../cloud-facts.ts';
import { claimsTerway } from '../claims.ts';
import { mountsAddonSecret } from '../eni/inline-key.ts';
import type { JsonObject } from '../eni/json-text.ts';
import type { Facts, SecretFact } from '../facts.ts';
import { cloudPart, clusterOf, notAsked, troubleText } from './check-facts.ts';
import type { CheckFacts, CloudPart } from './check-facts.ts';
import type { Check } from './check.ts';
import { liveConfig, ofTerway, terwayOf, whereTerwayRuns } from './known-facts.ts';
import { all, failed, given, passed, unchecked, unless } from './outcome.ts';
import type { Outcome } from './outcome.ts';

const PARTS: readonly CloudPart[] = [
  'vpc',
  'vSwitches',
  'routeTables',
  'securityGroups',
  'securityGroupRules',
  'instances',
  'instanceTypes',
  'networkInterfaces',
  'permissions',
];

function answersOf(cloud: CloudFacts): readonly CloudObserved<unknown>[] {
  return PARTS.map((part): CloudObserved<unknown> => cloud[part]);
}

const REMEDIES: Readonly<Record<NonNullable<CheckFacts['asker']>, string | undefined>> = {
  // The remedy of the check.
  Terway: undefined,
  Reader:
    'See in the RAM console whether the key is there and enabled, and put a good one into the Secret that spec.cloud.credentialsRef names.',
  Process:
    'See in the RAM console whether the role is there, and whom it trusts. It is the one that the operator was started with: docs/options.md.',
  Environment: 'See in the RAM console whether the key in the environment is there and enabled.',
};

// Any answer proves the key, a denial too: RAM looks at the key before it looks at its rights.
function keyWorks(cloud: CloudFacts, { asker = 'Terway' }: CheckFacts): Outcome {
  const answers = answersOf(cloud);
  const troubles = answers.flatMap((one) => {
    if (one.state === 'unknown') return [one.trouble];
    return 'stale' in one && one.stale !== undefined ? [one.stale] : [];
  });
  const invalid = troubles.find(({ reason }) => reason === 'InvalidCredentials');
  if (invalid !== undefined) {
    const code = invalid.code === undefined ? '' : ` (${invalid.code})`;
    return failed(`The cloud does not take it${code}.`, { remedy: REMEDIES[asker] });
  }
  const isAnswered = answers.some(({ state }) => state === 'known' || state === 'absent');
  if (isAnswered || troubles.some(({ reason }) => reason === 'Denied')) return passed();
  const [first] = troubles;
  return unchecked(first === undefined ? 'The cloud has not been asked yet.' : troubleText(first));
}

const keyIsValid: Check = {
  id: 'C30',
  title: 'The cloud takes the access key',
  severity: 'error',
  needs: [...PARTS],
  remedy:
    'See in the RAM console whether the key is there and enabled, and put a good one into the Secret that spec.credentials.secretRef names, or into alibaba-addon-secret.',
  evaluate: (facts) =>
    facts.cloud === undefined ? unchecked(notAsked(facts)) : keyWorks(facts.cloud, facts),
};

/** Read-only actions of Terway itself; the others that it needs write, and cannot be tried without writing. */
const OF_TERWAY = ['DescribeVSwitches', 'DescribeInstanceTypes', 'DescribeNetworkInterfaces'];

const OF_READERS = 'Attach the policy of the operator in docs/ram-policies.md to the user or role that asks.';

function plain(action: string): string {
  return action.replace(/^\w+:/, '');
}

const mayRead: Check = {
  id: 'C31',
  title: 'The access key may call every action that can be tried without a change',
  severity: 'error',
  needs: ['permissions'],
  remedy:
    'Attach a policy with these actions to the RAM user. The policy in the older guides lacks ecs:DescribeInstanceTypes, without which Terway does not start.',
  evaluate: (facts) =>
    given(cloudPart(facts, 'permissions'), (permissions) => {
      const denied = [...permissions].filter(([, isAllowed]) => !isAllowed).map(([action]) => plain(action));
      if (denied.length === 0) return passed();
      const { asker = 'Terway' } = facts;
      const message = `RAM does not allow ${denied.join(', ')}.`;
      // What another identity may do says nothing of what Terway may.
      if (asker !== 'Terway') return failed(message, { severity: 'warning', remedy: OF_READERS });
      const isTerways = claimsTerway(facts.network) && denied.some((action) => OF_TERWAY.includes(action));
      return failed(message, isTerways ? {} : { severity: 'warning' });
    }),
};

/** Both values are there and empty: on purpose, where a RAM role of the instances takes the place of a key. */
function isForRole({ data }: SecretFact): boolean {
  return [KEY_ID, KEY_SECRET].every((key) => data.get(key)?.isEmpty === true);
}

function unusable(secret: SecretFact, problem: string): Outcome {
  if (!isForRole(secret)) return failed(`Secret kube-system/alibaba-addon-secret ${problem}.`);
  return failed(
    'Both values in Secret kube-system/alibaba-addon-secret are empty: Terway takes the RAM role of its instance.',
    {
      severity: 'warning',
      remedy: 'Give every cloud node a RAM role with the policy of Terway, or put a key into the Secret.',
    },
  );
}

function keyInSecret({ addonSecret }: Facts): Outcome {
  switch (addonSecret.state) {
    case 'unknown':
      return unchecked(
        `Secret kube-system/alibaba-addon-secret has not been read${addonSecret.why === undefined ? '' : `: ${addonSecret.why}`}.`,
      );
    case 'forbidden':
      return unchecked(`Secret kube-system/alibaba-addon-secret may not be read: ${addonSecret.why}.`);
    case 'absent':
      return failed('There is no Secret kube-system/alibaba-addon-secret.');
    case 'present': {
      const finding = accessKeyIn(addonSecret.object);
      if (finding.state === 'invalid') return unusable(addonSecret.object, finding.problem);
      if (!finding.isPadded) return passed();
      return failed(
        'A value in Secret kube-system/alibaba-addon-secret has white space around it, and Terway does not trim it.',
      );
    }
  }
}

const secretIsWhole: Check = {
  id: 'C33',
  title: 'alibaba-addon-secret holds both parts of an access key, and nothing around them',
  severity: 'error',
  needs: ['spec', 'cluster'],
  remedy:
    'Name a Secret with a good key in spec.credentials.secretRef and the operator writes it; by hand, take --from-file with files that end without a line break.',
  evaluate: (facts) => ofTerway(facts, () => clusterOf(facts), keyInSecret),
};

function isSet(conf: JsonObject, key: string): boolean {
  return typeof conf[key] === 'string' && conf[key] !== '';
}

// Terway reads the mounted Secret first; a Terway that mounts none lives on the keys of eni_conf.
function keyInConfig(facts: CheckFacts, cluster: Facts, conf: JsonObject): Outcome {
  const keys = ['access_key', 'access_secret'].filter((key) => isSet(conf, key));
  if (keys.length === 0) return passed();
  const terway = terwayOf(cluster);
  const isWanted =
    facts.network.spec.credentials?.inENIConfig === 'Always' ||
    (terway !== undefined && !mountsAddonSecret(terway));
  if (isWanted && keys.length === 2) return passed('This Terway reads its key from eni_conf.');
  return unless([
    `eni_conf holds a value for ${keys.join(' and ')}, which everybody who may read ConfigMaps sees.`,
  ]);
}

const noKeyInConfig: Check = {
  id: 'C34',
  title: 'No access key stands in eni_conf without need',
  severity: 'warning',
  needs: ['spec', 'cluster'],
  remedy:
    'Set spec.credentials.inENIConfig to Auto or Never, and the operator blanks it once the Secret is in place; then make a new key, for the old one has been seen.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      given(all(clusterOf(facts), liveConfig(facts)), ([cluster, live]) =>
        keyInConfig(facts, cluster, live?.eniConf ?? {}),
      ),
    ),
};

export const CREDENTIALS: readonly Check[] = [keyIsValid, mayRead, secretIsWhole, noKeyInConfig];
