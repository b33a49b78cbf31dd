// What kubectl tells bit by bit.
import { type ChildProcess, spawn } from 'node:child_process';
import { NAMESPACE } from '../packages/support/render.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { LogLine } from '../support/operator-process.ts';

export interface Stream<T> {
  lines(): readonly T[];
  stop(): void;
}

/** `kubectl logs --follow` of a pod, from its start. A line that is no JSON is an error. */
export function followLogs(cluster: HybridCluster, pod: string): Stream<LogLine> {
  return follow(cluster, ['logs', '--follow', pod], (output) =>
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine),
  );
}

/** Every state of a pod until it is gone. */
export function podFrames<T>(cluster: HybridCluster, pod: string): Stream<T> {
  const format = 'jsonpath={@}{"\\n"}';
  return follow(cluster, ['get', 'pod', pod, '--watch', '-o', format], (output) =>
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T),
  );
}

function follow<T>(
  { controlPlane }: HybridCluster,
  args: readonly string[],
  parse: (output: string) => readonly T[],
): Stream<T> {
  const { kubectl } = controlPlane.binaries;
  const flags = ['--kubeconfig', controlPlane.kubeconfig, '-n', NAMESPACE];
  const child: ChildProcess = spawn(kubectl, [...flags, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  // A line may still be under way.
  const whole = (): string => output.slice(0, output.lastIndexOf('\n') + 1);
  return {
    lines: () => parse(whole()),
    stop: () => {
      child.kill('SIGKILL');
    },
  };
}
