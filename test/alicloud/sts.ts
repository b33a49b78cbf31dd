// STS 2015-04-01, AssumeRoleWithOIDC: not signed, the token is the proof.
import { randomBytes } from 'node:crypto';
import type { Account, World } from './model.ts';
import { ApiProblem } from './problem.ts';
import type { SignedRequest } from './signature.ts';

export function assumeRoleWithOidc(
  { world, now }: { readonly world: World; readonly now: () => number },
  { query, body }: SignedRequest,
): Record<string, unknown> {
  const parameters = new URLSearchParams([...query, ...new URLSearchParams(body.toString('utf8'))]);
  const token = parameters.get('OIDCToken') ?? '';
  const role = world.oidcTokens.get(token);
  if (role === undefined)
    throw new ApiProblem(400, 'AuthenticationFail.OIDCToken.Invalid', 'This JWT token is invalid.');
  if (role !== parameters.get('RoleArn'))
    throw new ApiProblem(403, 'AuthenticationFail.NoPermission', 'This role cannot be assumed.');
  const seconds = Number(parameters.get('DurationSeconds') ?? '3600');
  const session = openSession(world, now() + seconds * 1_000);
  return { Credentials: credentialsOf(session), AssumedRoleUser: { Arn: role, AssumedRoleId: '3' } };
}

/** A new session, known from now on. */
export function openSession(world: World, expiresAt: number): Account {
  const account: Account = {
    accessKeyId: `STS.${randomBytes(8).toString('hex')}`,
    accessKeySecret: randomBytes(16).toString('hex'),
    securityToken: randomBytes(32).toString('base64'),
    expiresAt,
    denied: new Set(),
  };
  world.accounts.push(account);
  return account;
}

export function credentialsOf(account: Account): Record<string, unknown> {
  return {
    AccessKeyId: account.accessKeyId,
    AccessKeySecret: account.accessKeySecret,
    SecurityToken: account.securityToken,
    Expiration: new Date(account.expiresAt ?? 0).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}
