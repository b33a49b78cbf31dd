// The commands of the runbooks, literally run on a cluster that is in trouble: each works, and those about the object tell something.
import { execFile } from 'node:child_process';
import { dirname, delimiter } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { putSecret } from '../support/by-hand.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { readingCommands, withNames } from '../support/runbook-commands.ts';

const NAMES = {
  network: 'idc-hangzhou',
  namespace: 'kube-system',
  daemonSet: 'terway-eniip',
  secret: 'alibaba-addon-secret',
  node: 'ecs-1',
};

// Pods have names that nobody knows before.
const commands = readingCommands().filter((command) => !/\bpod NAME\b/.test(command));

let cluster: HybridCluster;

beforeAll(async () => {
  cluster = await startHybridCluster();
  await cluster.applyFile('test/fixtures');
  const key = { 'access-key-id': 'LTAI5tBook', 'access-key-secret': 'SecretOfBook' };
  await putSecret(cluster, { kind: 'Secret', name: NAMES.secret }, key);
  await cluster.startOperator();
  await cluster.apply(networkOf({ scenario: 'BGP', approveAbove: 0 }));
  await cluster.untilCondition('OnPremisesIsolated', { reason: 'ApprovalRequired' });
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
});

async function typed(command: string): Promise<string> {
  const { kubeconfig, binaries } = cluster.controlPlane;
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    PATH: [dirname(binaries.kubectl), process.env['PATH']].join(delimiter),
  };
  const { stdout } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', withNames(command, NAMES)], {
    env,
  });
  return stdout;
}

describe('the commands of the runbooks', () => {
  test('are found', () => {
    expect(commands.length).toBeGreaterThan(30);
    expect(commands.filter((command) => /\b[A-Z]{3,}\b/.test(withNames(command, NAMES)))).toEqual([]);
  });

  test.each(commands)('%s', async (command) => {
    await expect(typed(command)).resolves.toBeDefined();
  });

  test('about the object say what is wrong, what is planned, and what each workload is', async () => {
    const said = async (part: string): Promise<string> => {
      const found = commands.filter((command) => command.includes(part));
      expect(found).not.toEqual([]);
      return (await Promise.all(found.map(typed))).join('\n');
    };
    expect(await said('.status.plan.actions[*]')).toContain('DaemonSet kube-system/calico-node: ');
    expect(await said('.status.workloads[*]')).toContain('kube-system/calico-node');
    expect(await said('"CredentialsSynced"')).toContain('alibaba-addon-secret holds an access key');
    expect(await said('managedFields')).toContain('kubectl');
  });
});
