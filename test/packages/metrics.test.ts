// What a running operator serves on /metrics, read by Prometheus's own tool, and by Prometheus's own rules about names.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isOfProcess } from '../../.tools/generate-metrics.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { programOf } from '../tools/tools.ts';
import { run } from './support/render.ts';

let cluster: HybridCluster;
let text: string;

beforeAll(async () => {
  cluster = await startHybridCluster();
  await cluster.applyFile('test/fixtures');
  const { metricsUrl } = await cluster.startOperator();
  await cluster.apply(networkOf({ scenario: 'BGP' }));
  text = await eventually(async () => {
    const answer = await (await fetch(`${metricsUrl}/metrics`)).text();
    const isTelling = ['hybridnetwork_actions_total{', 'type="OnPremisesIsolated"'].every((part) =>
      answer.includes(part),
    );
    return isTelling ? answer : '';
  });
}, 300_000);

afterAll(async () => {
  await cluster?.stop();
});

/** What `promtool check metrics` has to say: a line for each finding, `NAME finding`. */
async function findings(metrics: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await run(await programOf('promtool'), ['check', 'metrics'], {}, metrics);
  const lines = (stdout + stderr).split('\n').filter((line) => line !== '');
  // 3: it could be read, and there are findings.
  if (code !== 0 && code !== 3) throw new Error(`promtool ended with ${code}: ${lines.join('\n')}`);
  return lines;
}

describe('promtool check metrics', () => {
  it('reads what the operator serves, and finds nothing in the names that are its own', async () => {
    const found = await findings(text);
    // The names of prom-client's figures about Node are the same in every program that has it.
    expect(found.filter((line) => !isOfProcess({ name: line }))).toEqual([]);
  });

  it('finds a counter that does not say that it is one', async () => {
    const wrong =
      '# HELP hybridnetwork_actions Actions.\n# TYPE hybridnetwork_actions counter\nhybridnetwork_actions 1\n';
    expect(await findings(wrong)).toEqual([expect.stringContaining('hybridnetwork_actions')]);
  });

  it('does not read what is no metric', async () => {
    await expect(findings('hybridnetwork_actions{ 1\n')).rejects.toThrow('promtool ended with 1');
  });
});
