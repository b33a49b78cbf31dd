import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessSpec {
  readonly name: string;
  readonly binary: string;
  readonly args: readonly string[];
  /** The control plane's directory: working directory, log and process id stand in it. */
  readonly dir: string;
  /** Another working directory. */
  readonly cwd?: string;
  /** More environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  /**
   * Started again when it ends by itself after it has worked, as the kubelet does: the scheduler, for one, ends itself
   * where a restart of the API server has left its cache in contradiction with what it watches.
   */
  readonly revive?: boolean;
  /** Told the id of every process that is started. */
  readonly onStart: (pid: number) => void;
}

// The new process leaves its id before it becomes the server, and gives up when the reaper has begun: whenever the
// owner dies, the process either stands in pids/ or never starts.
const announce = 'echo "$2" >"$1/pids/$$" && [ ! -e "$1/closing" ] || exit 97; shift 2; exec "$@"';

/**
 * A command that announces itself to the control plane in this directory, and so ends with it. Its command line must
 * name the directory somewhere. For `spawn('sh', …)`; the process id is that of the command.
 */
export function announcedCommand(dir: string, name: string, command: readonly string[]): readonly string[] {
  return ['-c', announce, 'sh', dir, name, ...command];
}

/** One that ends sooner does not work at all: starting it again would only hide why. */
const WORKED_MS = 5_000;
const REVIVE_AFTER_MS = 500;

/** One server process in a process group of its own. The owner's event loop does not wait for it. */
export class ServerProcess {
  readonly spec: ProcessSpec;
  #child: ChildProcess | undefined;
  #endExpected = false;

  constructor(spec: ProcessSpec) {
    this.spec = spec;
  }

  get logFile(): string {
    return join(this.spec.dir, 'logs', `${this.spec.name}.log`);
  }

  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** It has ended, and said that all went well. */
  get succeeded(): boolean {
    return this.#child?.exitCode === 0;
  }

  start(): void {
    if (this.running) return;
    const { binary, args, dir, name, cwd = dir, env } = this.spec;
    const log = openSync(this.logFile, 'a', 0o600);
    const child = spawn('sh', announcedCommand(dir, name, [binary, ...args]), {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    if (child.pid !== undefined) this.spec.onStart(child.pid);
    this.#endExpected = false;
    const startedAt = performance.now();
    child.on('error', (error) => {
      this.spec.log(`${name} could not be started: ${error.message}`);
    });
    child.on('exit', (code, signal) => {
      rmSync(join(dir, 'pids', String(child.pid)), { force: true });
      if (this.#endExpected) return;
      if (code !== 0) this.spec.log(`${name} ended by itself (${signal ?? `exit code ${code}`})`);
      if (performance.now() - startedAt >= WORKED_MS) this.#revive();
    });
    child.unref();
  }

  #revive(): void {
    if (this.spec.revive !== true) return;
    setTimeout(() => {
      if (this.#endExpected) return;
      this.spec.log(`${this.spec.name} is started again`);
      this.start();
    }, REVIVE_AFTER_MS).unref();
  }

  /**
   * Sends the signal to the process group. When the promise resolves after SIGKILL the process is gone, and after
   * SIGSTOP it stands still.
   */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!['SIGSTOP', 'SIGCONT'].includes(signal)) this.#endExpected = true;
    this.#signal(signal);
    if (signal === 'SIGKILL') await this.gone();
    if (signal === 'SIGSTOP') await this.#stopped();
  }

  /** Ends it politely, and by SIGKILL where that takes longer than `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (graceMs > 0) {
      await this.kill('SIGTERM');
      this.#signal('SIGCONT');
      if (await this.gone(graceMs)) return;
    }
    await this.kill('SIGKILL');
  }

  /** Waits until the process has ended; false when it has not within `timeoutMs`. */
  async gone(timeoutMs = 30_000): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (this.running) {
      if (performance.now() > deadline) return false;
      await sleep(5);
    }
    return true;
  }

  /** The control plane is being taken down: an end is no news any more. */
  expectEnd(): void {
    this.#endExpected = true;
  }

  /** What the process said last, for error messages. */
  logTail(lines = 15): string {
    try {
      return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }

  /** On a busy machine its threads run on for a moment. Where there is no /proc a short sleep has to do. */
  async #stopped(): Promise<void> {
    const deadline = performance.now() + 5000;
    while (this.running && performance.now() < deadline) {
      const state = stateOf(this.pid);
      if (state === 'T') return;
      await sleep(state === undefined ? 100 : 2);
      if (state === undefined) return;
    }
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The letter that ps shows, from Linux's /proc. */
function stateOf(pid: number | undefined): string | undefined {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
