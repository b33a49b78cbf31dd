// The RAM role of the ECS instance that the operator runs on, from the metadata service in its hardened mode (IMDSv2).
import type { Clock } from '../../runtime/clock.ts';
import type { RawAnswer } from '../answer.ts';
import { ExchangeError } from '../exchange.ts';
import type { HttpRequest } from '../exchange.ts';
import type { Http } from '../http.ts';
import type { CloudIdentity, IdentitySource } from '../identity.ts';
import { troubleWith } from '../trouble.ts';
import type { CloudError } from '../trouble.ts';
import { sessionIn } from './credentials.ts';
import { sessionSource } from './session.ts';

const ACTION = 'the metadata of the instance';
const ORIGIN = 'http://100.100.100.200';
const ROLES = '/latest/meta-data/ram/security-credentials/';

export interface RamRoleOptions {
  /** Absent: the one that the instance has. */
  readonly roleName?: string | undefined;
  /** For the emulator, from an option of the process. */
  readonly endpoint?: string | undefined;
}

export function ramRoleSource(http: Http, clock: Clock, options: RamRoleOptions = {}): IdentitySource {
  return sessionSource(clock, ACTION, () => readSession(http, options));
}

async function readSession(
  http: Http,
  { roleName, endpoint = ORIGIN }: RamRoleOptions,
): Promise<CloudIdentity> {
  const origin = new URL(endpoint).origin;
  const tokenRequest = { origin, path: '/latest/api/token', method: 'PUT' as const };
  const ttl = { 'x-aliyun-ecs-metadata-token-ttl-seconds': '60' };
  const token = await read(http, { ...tokenRequest, headers: ttl });
  const headers = { 'x-aliyun-ecs-metadata-token': token };
  const get = async (path: string): Promise<string> =>
    await read(http, { origin, path, method: 'GET', headers });
  const role = (roleName ?? (await get(ROLES))).trim();
  if (!/^[\w.-]{1,64}$/.test(role)) throw none('the instance has no RAM role');
  return sessionIn(ACTION, parse(await get(`${ROLES}${role}`)));
}

async function read(http: Http, request: HttpRequest): Promise<string> {
  const answer: RawAnswer = await http
    .send(() => request)
    .catch((error: unknown) => {
      const detail = error instanceof ExchangeError ? error.message : 'the request could not be sent';
      throw troubleWith({ reason: 'Unreachable', action: ACTION, detail });
    });
  if (answer.status === 404) throw none('the instance has no RAM role');
  if (answer.status !== 200)
    throw troubleWith({ reason: 'Unreachable', action: ACTION, detail: `HTTP ${answer.status}` });
  return answer.body;
}

function none(detail: string): CloudError {
  return troubleWith({ reason: 'NoCredentials', action: ACTION, detail });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
