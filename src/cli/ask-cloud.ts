// The cloud of the reader: asked once for what the checks of one HybridNetwork look at, and left. The key comes from a
// Secret or from the environment, never from the command line, which every process of the machine can read.
import { createCloud } from '../cloud/cloud.ts';
import { identityOfKey } from '../cloud/identity.ts';
import type { CloudIdentity } from '../cloud/identity.ts';
import type { CloudQuestion } from '../plan/checks/cloud-question.ts';
import type { CloudFacts } from '../plan/cloud-facts.ts';
import { SecretString } from '../plan/secret-string.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from './object-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the cloud said, or why it was not asked, as a sentence with the way out. */
export type CloudAnswer = { readonly cloud: CloudFacts } | { readonly whyNoCloud: string };

/** The names that every tool of Alibaba Cloud reads. */
const KEY_ID = 'ALIBABA_CLOUD_ACCESS_KEY_ID';
const KEY_SECRET = 'ALIBABA_CLOUD_ACCESS_KEY_SECRET';
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

function addressIn(env: Environment, ...names: readonly string[]): string | undefined {
  const value = valueOf(env, ...names);
  // The address of a proxy may hold a password: it is not quoted.
  if (value !== undefined && !(/^https?:\/\//.test(value) && URL.canParse(value))) {
    throw new UsageError(`${names.join(' or ')} must be an address such as http://host:port.`);
  }
  return value;
}

function howToGiveAKey(places: readonly string[]): string {
  const read = places.length === 0 ? '' : ` None can be read in Secret ${places.join(' or ')}.`;
  return `The cloud was not asked, for there is no access key to ask it with.${read} Give one in the environment: ${KEY_ID} and ${KEY_SECRET}.`;
}

/** Opens its connections with the first question and closes them with its answer. Throws a {@link UsageError}. */
export function askCloudOf(env: Environment): (question: CloudQuestion) => Promise<CloudAnswer> {
  return async ({ subject, key, places }) => {
    if (!subject.known) return { whyNoCloud: `The cloud was not asked. ${subject.why}` };
    const identity = key === undefined ? identityIn(env) : identityOfKey(key);
    if (identity === undefined) return { whyNoCloud: howToGiveAKey(places) };
    const cloud = createCloud({
      clock: systemClock,
      endpoint: addressIn(env, 'CLOUD_ENDPOINT'),
      proxy: {
        url: addressIn(env, 'HTTPS_PROXY', 'https_proxy'),
        noProxy: valueOf(env, 'NO_PROXY', 'no_proxy'),
      },
    });
    try {
      return { cloud: await cloud.reader(async () => identity).gather(subject.value) };
    } finally {
      await cloud.close();
    }
  };
}
