import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ApiClient } from './api.ts';
import type { KubeconfigForOptions } from './types.ts';

export interface Access {
  readonly url: string;
  readonly ca: string;
}

export type Credential = { readonly token: string } | { readonly tokenFile: string };

/** Writes a kubeconfig that only its owner may read. */
export async function writeKubeconfig(
  path: string,
  { url, ca }: Access,
  user: string,
  credential: Credential,
): Promise<void> {
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    users: [{ name: user, user: credential }],
    contexts: [{ name: user, context: { cluster: 'test', user } }],
    'current-context': user,
  };
  await writeFile(path, stringify(content), { mode: 0o600 });
}

/** Reads back what `writeKubeconfig` wrote with a token. */
export function readAccess(path: string): Access & { readonly token: string } {
  const content = parse(readFileSync(path, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  const { cluster } = content.clusters[0];
  return {
    url: cluster.server,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString(),
    token: content.users[0].user.token,
  };
}

/** Asks for a token of a ServiceAccount that exists. */
export async function requestToken(
  api: ApiClient,
  namespace: string,
  serviceAccount: string,
  seconds = 24 * 3600,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: seconds },
  };
  const answer = (await api.call('POST', path, request)) as { status: { token: string } };
  return answer.status.token;
}

export interface ServiceAccountOptions extends KubeconfigForOptions {
  readonly namespace: string;
  readonly name: string;
  /** The directory of the control plane. */
  readonly dir: string;
}

/** Writes the kubeconfig of a ServiceAccount into the control plane's directory and returns its path. */
export async function writeServiceAccountKubeconfig(
  api: ApiClient,
  access: Access,
  options: ServiceAccountOptions,
): Promise<string> {
  const { namespace, name, dir } = options;
  const token = await requestToken(api, namespace, name, options.seconds);
  const path = join(dir, 'kubeconfigs', `${namespace}.${name}.yaml`);
  const tokenFile = path.replace(/yaml$/, 'token');
  if (options.tokenFile === true) await writeFile(tokenFile, token, { mode: 0o600 });
  const credential = options.tokenFile === true ? { tokenFile } : { token };
  await writeKubeconfig(path, access, `${namespace}/${name}`, credential);
  return path;
}
