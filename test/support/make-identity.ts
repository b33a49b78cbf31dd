import type { CloudIdentity } from '../../src/cloud/identity.ts';
import { SecretString } from '../../src/plan/secret-string.ts';

export interface PlainKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

export function identityOf({ accessKeyId, accessKeySecret, securityToken }: PlainKey): CloudIdentity {
  return {
    accessKeyId: new SecretString(accessKeyId),
    accessKeySecret: new SecretString(accessKeySecret),
    ...(securityToken === undefined ? {} : { securityToken: new SecretString(securityToken) }),
  };
}
