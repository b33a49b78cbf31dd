// The cloud side of the running operator, as its options say.
import { createCloud } from '../cloud/cloud.ts';
import { processIdentityOf } from '../cloud/sources/process.ts';
import type { ProcessIdentity } from '../cloud/sources/process.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { Options } from '../options.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LogCensor, Logger } from '../runtime/logger.ts';
import { CloudWatch } from './cloud-watch.ts';
import type { CloudWatchOptions } from './cloud-watch.ts';
import type { OperatorMetrics } from './metrics.ts';

interface Parts {
  readonly clock: Clock;
  readonly censor: LogCensor;
  readonly metrics: Pick<OperatorMetrics, 'onCloudCall' | 'cloudSide'>;
}

interface Watchers extends Parts, Pick<CloudWatchOptions, 'isWanted' | 'onChange'> {
  readonly log: Logger;
}

/** The way to the cloud, and what asks by it for the networks. */
export function cloudSideOf(
  options: Options,
  { log, isWanted, onChange, ...parts }: Watchers,
): { readonly cloud: Cloud; readonly cloudWatch: CloudWatch } {
  const cloud = cloudOf(options, parts);
  const { clock, metrics } = parts;
  const onError = (error: unknown): void => log.error({ err: error }, 'the cloud side could not be judged');
  const cloudWatch = new CloudWatch({
    ...{ cloud, clock, isWanted, onChange, onError },
    ownIdentity: processIdentityOf(cloud, identityIn(options)),
  });
  metrics.cloudSide(() => cloudWatch.judgements());
  return { cloud, cloudWatch };
}

function identityIn(options: Options): ProcessIdentity {
  const { ramRoleArn: roleArn, oidcProviderArn, oidcTokenFile: tokenFile, ecsRamRole } = options;
  return {
    rrsa: roleArn === '' ? undefined : { roleArn, oidcProviderArn, tokenFile },
    ecsRole: ecsRamRole === '' ? undefined : ecsRamRole,
    endpoint: options.identityEndpoint === '' ? undefined : options.identityEndpoint,
  };
}

/** Opens no connection and loads no SDK before the first call. */
export function cloudOf(
  { cloudEndpoint, httpsProxy, noProxy }: Options,
  { clock, censor, metrics }: Parts,
): Cloud {
  censorPassword(censor, httpsProxy);
  return createCloud({
    clock,
    endpoint: cloudEndpoint === '' ? undefined : cloudEndpoint,
    proxy: { url: httpsProxy === '' ? undefined : httpsProxy, noProxy },
    onCall: metrics.onCloudCall,
  });
}

function censorPassword(censor: LogCensor, proxy: string): void {
  if (proxy === '') return;
  const { password } = new URL(proxy);
  if (password === '') return;
  for (const form of [password, decodeURIComponent(password)]) censor.add(form);
}
