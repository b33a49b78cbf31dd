// The operator's own figures, as Prometheus reads them.
import type { OperatorProcess } from '../support/operator-process.ts';

/** The sum of all series of that name. */
export async function figure(
  { metricsUrl }: Pick<OperatorProcess, 'metricsUrl'>,
  name: string,
): Promise<number> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
