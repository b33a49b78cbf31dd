// The identity that a process was given in its environment, for whoever needs no access key: the role of its service
// account (RRSA), or the RAM role of the ECS instance that it runs on.
import type { IdentitySource } from '../identity.ts';
import type { RamRoleOptions } from './ram-role.ts';
import type { RrsaOptions } from './rrsa.ts';

export interface ProcessIdentity {
  /** Wins over the role of the instance, as with the tools of Alibaba Cloud. */
  readonly rrsa?: Pick<RrsaOptions, 'roleArn' | 'oidcProviderArn' | 'tokenFile'> | undefined;
  /** The name of the RAM role of the instance. */
  readonly ecsRole?: string | undefined;
  /** Where STS and the metadata of the instance are asked; absent: where they are for everybody. */
  readonly endpoint?: string | undefined;
}

interface Sources {
  rrsa(options: RrsaOptions): IdentitySource;
  ramRole(options: RamRoleOptions): IdentitySource;
}

/** Opens sessions by the STS of the region that is asked, one for each region; undefined where there is no identity. */
export function processIdentityOf(
  sources: Sources,
  { rrsa, ecsRole, endpoint }: ProcessIdentity,
): ((regionId: string) => IdentitySource) | undefined {
  if (rrsa !== undefined) {
    const known = new Map<string, IdentitySource>();
    return (regionId) => {
      const source = known.get(regionId) ?? sources.rrsa({ ...rrsa, regionId, endpoint });
      known.set(regionId, source);
      return source;
    };
  }
  if (ecsRole === undefined) return undefined;
  const source = sources.ramRole({ roleName: ecsRole, endpoint });
  return () => source;
}
