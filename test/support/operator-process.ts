// The operator as a process of its own, run from the sources with the rights of its ServiceAccount, as a person would.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { announcedCommand } from '../cluster/processes.ts';
import { eventually } from './eventually.ts';

let nextNumber = 1;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface OperatorProcess {
  readonly pid: number;
  /** Everything that it wrote to stdout and stderr. */
  output(): string;
  lines(): readonly LogLine[];
  /** Base address of /healthz and /readyz, and of /metrics. */
  readonly healthUrl: string;
  readonly metricsUrl: string;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM; resolves with the exit code and how long it took. */
  stop(): Promise<{ readonly code: number | null; readonly ms: number }>;
}

export interface OperatorOptions {
  readonly kubeconfig: string;
  /** The directory of the control plane that it works on: it ends when that ends, however its own parent ends. */
  readonly dir: string;
  /** The program; by default the sources, src/main.ts. */
  readonly program?: string;
  /** What stands for `node`; by default the Node of the tests. */
  readonly node?: readonly string[];
  /** Flags of Node. */
  readonly nodeArgs?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `started`: do not wait until it has read the cluster. */
  readonly until?: 'started' | 'ready';
}

/** What a process of the operator has left behind, for those who look for secrets in it. */
export interface Trace {
  readonly name: string;
  /** stdout and stderr to the end, a crash included. */
  readonly output: string;
  readonly commandLine: string;
  /** The last /metrics that were read. */
  readonly metrics: string;
}

interface Living {
  readonly trace: () => Trace;
  readonly readMetrics: () => Promise<void>;
}

/** By the directory of the control plane. */
const started = new Map<string, Living[]>();

/** Every operator that was ever started on that control plane. */
export function traceOf(dir: string): readonly Trace[] {
  return (started.get(dir) ?? []).map((living) => living.trace());
}

/** Reads /metrics of those that still live. */
export async function readAllMetrics(dir: string): Promise<void> {
  await Promise.all((started.get(dir) ?? []).map(async ({ readMetrics }) => await readMetrics()));
}

function parse(output: string): readonly LogLine[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** Starts the operator and waits until it has read the cluster. */
export async function startOperator({
  kubeconfig,
  dir,
  program = MAIN,
  node = [process.execPath],
  nodeArgs = [],
  args = [],
  env = {},
  until = 'ready',
}: OperatorOptions): Promise<OperatorProcess> {
  const addresses = ['--health-probe-bind-address=127.0.0.1:0', '--metrics-bind-address=127.0.0.1:0'];
  const flags = [`--title=operator of ${dir}`, '--disable-warning=DEP0040', ...nodeArgs];
  const name = `operator-${nextNumber++}`;
  const child = spawn(
    'sh',
    announcedCommand(dir, name, [...node, ...flags, program, ...addresses, ...args]),
    {
      // No test may reach the cloud: nobody listens there, unless the test names an emulator.
      env: {
        PATH: process.env['PATH'] ?? '',
        KUBECONFIG: kubeconfig,
        CLOUD_ENDPOINT: 'http://127.0.0.1:9',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => (output += chunk));
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  void exited.then(() => process.off('exit', endWithUs));
  const tracing = trace({ name, dir, child, output: () => output });

  try {
    return await whenUp(child, { output: () => output, exited, isGone, until, tracing });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

interface Watched {
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  readonly isGone: () => boolean;
  readonly until: 'started' | 'ready';
  readonly tracing: Tracing;
}

interface Tracing {
  readonly readCommandLine: () => void;
  readonly readMetrics: () => Promise<void>;
  metricsUrl: string | undefined;
}

function trace({
  name,
  dir,
  child,
  output,
}: {
  readonly name: string;
  readonly dir: string;
  readonly child: ChildProcess;
  readonly output: () => string;
}): Tracing {
  let commandLine = '';
  let metrics = '';
  const tracing: Tracing = {
    metricsUrl: undefined,
    readCommandLine: () => {
      // With a title of its own, as here, a process shows that instead of what it was started with.
      commandLine = `${child.spawnargs.join(' ')} ${commandLineOf(child.pid)}`;
    },
    readMetrics: async () => {
      if (tracing.metricsUrl === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const signal = AbortSignal.timeout(2_000);
      // One that is stopped or about to die tells nothing any more.
      metrics = await fetch(`${tracing.metricsUrl}/metrics`, { signal }).then(
        async (answer) => await answer.text(),
        () => metrics,
      );
    },
  };
  const living = {
    trace: () => ({ name, output: output(), commandLine, metrics }),
    readMetrics: tracing.readMetrics,
  };
  started.set(dir, [...(started.get(dir) ?? []), living]);
  return tracing;
}

function commandLineOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // It has ended, or this is no Linux.
  }
}

async function whenUp(
  child: ChildProcess,
  { output, exited, isGone, until, tracing }: Watched,
): Promise<OperatorProcess> {
  const starting = await eventually(
    () => {
      if (isGone()) throw new Error(`the operator ended:\n${output()}`);
      const line = parse(output()).find(({ msg }) => msg === 'starting');
      if (line === undefined) throw new Error(`not yet:\n${output()}`);
      return line;
    },
    { what: 'the operator says that it starts', timeoutMs: 60_000 },
  );
  tracing.readCommandLine();
  tracing.metricsUrl = `http://127.0.0.1:${String(starting['metrics'])}`;
  const healthUrl = `http://127.0.0.1:${String(starting['health'])}`;
  await eventually(
    async () => {
      if (isGone()) throw new Error(`the operator ended:\n${output()}`);
      return until === 'started' || (await fetch(`${healthUrl}/readyz`)).ok;
    },
    { what: 'the operator is ready', timeoutMs: 20_000 },
  );
  return {
    pid: child.pid ?? 0,
    output,
    lines: () => parse(output()),
    healthUrl,
    metricsUrl: tracing.metricsUrl,
    kill: (signal) => {
      child.kill(signal);
    },
    stop: async () => {
      await tracing.readMetrics();
      const start = performance.now();
      if (!isGone()) child.kill('SIGTERM');
      const code = await exited;
      return { code, ms: performance.now() - start };
    },
  };
}
