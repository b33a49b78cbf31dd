// The cloud of the reader: asked once for what the checks of one HybridNetwork look at, and left. The key comes from a
// Secret or from the environment, never from the command line, which every process of the machine can read.
import { createCloud } from '../cloud/cloud.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { identityOfKey } from '../cloud/identity.ts';
import type { CloudIdentity, IdentitySource } from '../cloud/identity.ts';
import { processIdentityOf } from '../cloud/sources/process.ts';
import type { CheckFacts } from '../plan/checks/check-facts.ts';
import type { CloudQuestion } from '../plan/checks/cloud-question.ts';
import type { CloudFacts } from '../plan/cloud-facts.ts';
import type { AccessKey } from '../plan/access-key.ts';
import type { KeyTrial } from '../plan/key-trial.ts';
import { SecretString } from '../plan/secret-string.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from './object-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the cloud said, or why it was not asked, as a sentence with the way out. */
export type CloudAnswer =
  | { readonly cloud: CloudFacts; readonly asker: NonNullable<CheckFacts['asker']> }
  | { readonly whyNoCloud: string };

/** The names that every tool of Alibaba Cloud reads. */
const KEY_ID = 'ALIBABA_CLOUD_ACCESS_KEY_ID';
const KEY_SECRET = 'ALIBABA_CLOUD_ACCESS_KEY_SECRET';
const RRSA = [
  'ALIBABA_CLOUD_ROLE_ARN',
  'ALIBABA_CLOUD_OIDC_PROVIDER_ARN',
  'ALIBABA_CLOUD_OIDC_TOKEN_FILE',
] as const;
const TOKEN = 'ALIBABA_CLOUD_SECURITY_TOKEN';

function valueOf(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]?.trim() ?? '').find((value) => value !== '');
}

function identityIn(env: Environment): CloudIdentity | undefined {
  const [id, secret, token] = [valueOf(env, KEY_ID), valueOf(env, KEY_SECRET), valueOf(env, TOKEN)];
  if (id === undefined || secret === undefined) return undefined;
  return {
    accessKeyId: new SecretString(id),
    accessKeySecret: new SecretString(secret),
    ...(token === undefined ? {} : { securityToken: new SecretString(token) }),
  };
}

/** In the order in which the tools of Alibaba Cloud look: an access key, RRSA, the role of the instance. */
function sourceIn(env: Environment, cloud: Cloud, regionId: string): IdentitySource | undefined {
  const key = identityIn(env);
  if (key !== undefined) return async () => await Promise.resolve(key);
  const [roleArn, oidcProviderArn, tokenFile] = RRSA.map((name) => valueOf(env, name));
  const isWhole = roleArn !== undefined && oidcProviderArn !== undefined && tokenFile !== undefined;
  return processIdentityOf(cloud, {
    rrsa: isWhole ? { roleArn, oidcProviderArn, tokenFile } : undefined,
    ecsRole: valueOf(env, 'ALIBABA_CLOUD_ECS_METADATA'),
    endpoint: addressIn(env, 'CLOUD_IDENTITY_ENDPOINT'),
  })?.(regionId);
}

function addressIn(env: Environment, ...names: readonly string[]): string | undefined {
  const value = valueOf(env, ...names);
  // The address of a proxy may hold a password: it is not quoted.
  if (value !== undefined && !(/^https?:\/\//.test(value) && URL.canParse(value))) {
    throw new UsageError(`${names.join(' or ')} must be an address such as http://host:port.`);
  }
  return value;
}

function notAsked(why: string): string {
  return /not asked/.test(why) ? why : `The cloud was not asked. ${why}`;
}

function howToGiveAKey(places: readonly string[]): string {
  const read = places.length === 0 ? '' : ` None can be read in Secret ${places.join(' or ')}.`;
  return `The cloud was not asked, for there is no access key to ask it with.${read} Give one in the environment: ${KEY_ID} and ${KEY_SECRET}.`;
}

function cloudIn(env: Environment): Cloud {
  return createCloud({
    clock: systemClock,
    endpoint: addressIn(env, 'CLOUD_ENDPOINT'),
    proxy: {
      url: addressIn(env, 'HTTPS_PROXY', 'https_proxy'),
      noProxy: valueOf(env, 'NO_PROXY', 'no_proxy'),
    },
  });
}

async function withCloud<T>(env: Environment, work: (cloud: Cloud) => Promise<T>): Promise<T> {
  const cloud = cloudIn(env);
  try {
    return await work(cloud);
  } finally {
    await cloud.close();
  }
}

/** Opens its connections with the first question and closes them with its answer. Throws a {@link UsageError}. */
export function askCloudOf(env: Environment): (question: CloudQuestion) => Promise<CloudAnswer> {
  return async ({ subject, asker, places }) => {
    if (!subject.known) return { whyNoCloud: notAsked(subject.why) };
    const { value } = subject;
    return await withCloud(env, async (cloud): Promise<CloudAnswer> => {
      if (asker !== undefined) {
        const reader = cloud.reader(async () => await Promise.resolve(identityOfKey(asker.key)));
        return { cloud: await reader.gather(value), asker: asker.by };
      }
      const source = sourceIn(env, cloud, value.regionId);
      if (source === undefined) return { whyNoCloud: howToGiveAKey(places) };
      return { cloud: await cloud.reader(source).gather(value), asker: 'Environment' };
    });
  };
}

/** Tries a key as the operator does before it publishes it. */
export function tryKeyOf(env: Environment): (key: AccessKey, regionId: string) => Promise<KeyTrial> {
  return async (key, regionId) =>
    await withCloud(env, async (cloud) => await cloud.probe(identityOfKey(key), regionId));
}
