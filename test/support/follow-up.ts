// What comes after a change: commands that a message gives, literally run, and the proof that nothing more is written.
import type { AuditEntry, AuditMark } from '../cluster/audit.ts';
import { network, read } from './by-hand.ts';
import { eventually } from './eventually.ts';
import type { HybridCluster } from './hybrid-cluster.ts';
import type { OperatorProcess } from './operator-process.ts';

/** Runs the first command of that kind in a message as it stands there. */
export async function runCommandIn(cluster: HybridCluster, message: string, start: string): Promise<void> {
  const from = message.indexOf(start);
  if (from < 0) throw new Error(`no "${start}" in: ${message}`);
  const words = message.slice(from).split(' ');
  const end = words.findIndex((word) => word.endsWith('.'));
  const command = end < 0 ? words : [...words.slice(0, end), (words[end] ?? '').slice(0, -1)];
  await cluster.kubectl(...command.slice(1));
}

/** Deletes a HybridNetwork, and returns at once: Restore may have to wait. */
export async function beginDeletion(cluster: HybridCluster, name = 'idc-hangzhou'): Promise<void> {
  await cluster.kubectl('delete', 'hn', name, '--wait=false');
}

export async function untilGone(cluster: HybridCluster, name = 'idc-hangzhou'): Promise<void> {
  await eventually(async () => (await read(cluster, network(name))) === undefined, {
    what: `HybridNetwork ${name} is gone`,
    timeoutMs: 30_000,
  });
}

/** Deletes a HybridNetwork whose Restore waits for approval, and approves it by the command that its message gives. */
export async function deleteWithApproval(cluster: HybridCluster, name = 'idc-hangzhou'): Promise<void> {
  await beginDeletion(cluster, name);
  const { message } = await cluster.untilCondition('Ready', { reason: 'DeletionBlocked' }, name);
  await runCommandIn(cluster, message, 'kubectl annotate hn');
  await untilGone(cluster, name);
}

async function figure(operator: OperatorProcess, name: string): Promise<number> {
  const text = await (await fetch(`${operator.metricsUrl}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Gives the operator a reason to decide everything anew, and waits until it has: nothing is left that it would do. */
export async function untilDecidedAnew(cluster: HybridCluster, operator: OperatorProcess): Promise<void> {
  for (const round of ['first', 'second']) {
    const before = await figure(operator, 'controller_runtime_reconcile_total');
    const look = `test.hybridnetwork/look=${round}-${before}`;
    await cluster.kubectl('label', 'node', 'idc-1', look, '--overwrite');
    await eventually(
      async () => {
        const now = await figure(operator, 'controller_runtime_reconcile_total');
        const waiting = await figure(operator, 'workqueue_depth');
        const running = await figure(operator, 'controller_runtime_active_workers');
        return now >= before + 1 && waiting === 0 && running === 0;
      },
      { what: 'the operator has decided anew', timeoutMs: 30_000 },
    );
  }
}

/** Writes of the operator to one workload since the mark, by name, oldest first. */
export async function writesTo(
  cluster: HybridCluster,
  name: string,
  since: AuditMark,
): Promise<readonly AuditEntry[]> {
  const writes = await cluster.operatorWrites(since);
  return writes.filter((entry) => entry.group === 'apps' && entry.name === name);
}

/** Waits for a successful write of the operator to the workload. */
export async function untilWrittenTo(cluster: HybridCluster, name: string, since: AuditMark): Promise<void> {
  await eventually(async () => (await writesTo(cluster, name, since)).some(({ code }) => code === 200), {
    what: `the operator writes ${name}`,
    timeoutMs: 30_000,
  });
}

/** Waits until the DaemonSet controller has acted on the last change of the template, and every pod is made from it. */
export async function untilRolledOut(
  cluster: HybridCluster,
  name: string,
  namespace = 'kube-system',
): Promise<void> {
  await cluster.kubectl('-n', namespace, 'rollout', 'status', `ds/${name}`, '--timeout=60s');
}
