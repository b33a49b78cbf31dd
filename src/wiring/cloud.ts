// The cloud side of the running operator, as its options say.
import { createCloud } from '../cloud/cloud.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { Options } from '../options.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LogCensor } from '../runtime/logger.ts';
import type { OperatorMetrics } from './metrics.ts';

interface Parts {
  readonly clock: Clock;
  readonly censor: LogCensor;
  readonly metrics: Pick<OperatorMetrics, 'onCloudCall'>;
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
