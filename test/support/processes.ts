import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** The living processes whose command line contains the text; zombies have none any more. */
export function processesNaming(text: string): RunningProcess[] {
  const all = existsSync('/proc/self') ? fromProc() : fromPs();
  return all.filter(({ pid, command }) => pid !== process.pid && command.includes(text));
}

function fromProc(): RunningProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return {
        pid: Number(pid),
        command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
      };
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

function fromPs(): RunningProcess[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return lines.split('\n').flatMap((line) => {
    const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : { pid: Number(pid), command };
  });
}

/** A Node process of its own, for tests that kill it. */
export interface Script {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Runs a piece of an ES module; the Node that runs the tests understands TypeScript imports in it. */
export function runScript(code: string, env: Readonly<Record<string, string | undefined>> = {}): Script {
  return runNode(['--input-type=module', '--eval', code], env);
}

const running = new Set<ChildProcess>();

/** For afterEach: a test that failed half-way must not leave its scripts behind. */
export function killScripts(): void {
  for (const child of running) child.kill('SIGKILL');
}

export function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Script {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '--no-warnings', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    running.delete(child);
    return (signal ?? code) as number | NodeJS.Signals;
  });
  return { child, stdout: () => output.stdout, stderr: () => output.stderr, ended };
}
