// RRSA: a pod takes a RAM role with the token of its service account (STS AssumeRoleWithOIDC). The request is not signed:
// the token is the proof. @alicloud/credentials is not used for it: eight calls at once make it ask STS eight times, and
// after a failed renewal it hands out the expired session (docs/adr/0012-cloud-client.md).
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../runtime/clock.ts';
import { bodyOf } from '../answer.ts';
import { originOf, regionTrouble } from '../endpoint.ts';
import { ExchangeError } from '../exchange.ts';
import type { Http } from '../http.ts';
import type { CloudIdentity, IdentitySource } from '../identity.ts';
import { troubleWith } from '../trouble.ts';
import { sessionIn } from './credentials.ts';
import { sessionSource } from './session.ts';

const ACTION = 'AssumeRoleWithOIDC';

/** What ack-pod-identity-webhook gives a pod in its environment. */
export interface RrsaOptions {
  /** ALIBABA_CLOUD_ROLE_ARN */
  readonly roleArn: string;
  /** ALIBABA_CLOUD_OIDC_PROVIDER_ARN */
  readonly oidcProviderArn: string;
  /** ALIBABA_CLOUD_OIDC_TOKEN_FILE; read anew for each session, because the kubelet renews it. */
  readonly tokenFile: string;
  /** The region whose STS is asked. */
  readonly regionId: string;
  /** `https://sts-vpc.cn-hangzhou.aliyuncs.com`, from an option of the process; absent: by the region. */
  readonly endpoint?: string | undefined;
}

export function rrsaSource(http: Http, clock: Clock, options: RrsaOptions): IdentitySource {
  return sessionSource(clock, ACTION, () => assumeRole(http, options));
}

async function assumeRole(http: Http, options: RrsaOptions): Promise<CloudIdentity> {
  const refusal = regionTrouble(ACTION, options.regionId);
  if (refusal !== undefined) throw refusal;
  const body = new URLSearchParams({
    RoleArn: options.roleArn,
    OIDCProviderArn: options.oidcProviderArn,
    OIDCToken: await readToken(options.tokenFile),
    RoleSessionName: 'hybridnetwork-operator',
    DurationSeconds: '3600',
  }).toString();
  const request = {
    origin: originOf('sts', options.regionId, options.endpoint),
    path: `/?Action=${ACTION}&Version=2015-04-01&Format=JSON`,
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body,
  };
  const answer = await http.send(() => request).catch(asTrouble);
  return sessionIn(ACTION, bodyOf({ action: ACTION }, answer)['Credentials']);
}

async function readToken(path: string): Promise<string> {
  const token = await readFile(path, 'utf8').catch(() => '');
  if (token.trim() === '')
    throw troubleWith({
      reason: 'NoCredentials',
      action: ACTION,
      detail: 'the token of the service account cannot be read',
    });
  return token.trim();
}

function asTrouble(error: unknown): never {
  const detail = error instanceof ExchangeError ? error.message : 'the request could not be sent';
  throw troubleWith({ reason: 'Unreachable', action: ACTION, detail });
}
