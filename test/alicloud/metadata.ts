// The metadata service of an ECS instance, in its hardened mode (IMDSv2): a token first, then the session of the RAM role.
import type { ServerResponse } from 'node:http';
import type { World } from './model.ts';
import type { SignedRequest } from './signature.ts';
import { credentialsOf, openSession } from './sts.ts';

const TOKEN = 'metadata-token';
const ROLES = '/latest/meta-data/ram/security-credentials/';
const SESSION_MS = 6 * 60 * 60 * 1_000;

export function isMetadata(path: string): boolean {
  return path.startsWith('/latest/');
}

export function answerMetadata(
  world: World,
  { method, path, headers }: SignedRequest,
  response: ServerResponse,
  now: number,
): void {
  if (path === '/latest/api/token') {
    const isFine = method === 'PUT' && headers['x-aliyun-ecs-metadata-token-ttl-seconds'] !== undefined;
    response.writeHead(isFine ? 200 : 405).end(isFine ? TOKEN : '');
    return;
  }
  if (headers['x-aliyun-ecs-metadata-token'] !== TOKEN) {
    response.writeHead(403).end();
    return;
  }
  const { instanceRole } = world;
  if (instanceRole === undefined || !path.startsWith(ROLES)) {
    response.writeHead(404).end();
    return;
  }
  if (path === ROLES) {
    response.end(instanceRole);
    return;
  }
  const session = openSession(world, now + SESSION_MS);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ Code: 'Success', LastUpdated: '', ...credentialsOf(session) }));
}
