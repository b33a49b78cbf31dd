import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('reaper.sh', import.meta.url));
const prefix = `hybridnetwork-control-plane-${process.getuid?.() ?? 0}-`;

/** The path of a directory that does not exist yet, in the system's temporary directory or another one. */
export function newPath(parent = tmpdir(), start = prefix): string {
  return join(parent, `${start}${randomBytes(6).toString('hex')}`);
}

/** Ends everything that belongs to a directory, and deletes it, as soon as this process ends or asks for it. */
export class Reaper {
  readonly #dir: string;
  readonly #noted: number[] = [];
  #child: ChildProcess;
  #asked = false;

  /** Makes the directory, which must be empty if it exists. */
  constructor(dir: string) {
    if (existsSync(dir) && readdirSync(dir).length > 0) {
      throw new Error(`${dir} is not empty: a control plane deletes its directory in the end`);
    }
    this.#dir = dir;
    // The reaper first: this process may be killed at any moment, also between two of these lines.
    this.#child = this.#start();
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(join(dir, 'owner'), JSON.stringify({ pid: process.pid, space: processSpace() }));
  }

  /** Names a process that belongs to the directory. */
  note(pid: number): void {
    this.#noted.push(pid);
    this.#child.stdin?.write(`${pid}\n`);
  }

  /** Kills what runs, deletes the directory, and resolves when both are done. */
  async reap(): Promise<void> {
    this.#asked = true;
    this.#child.stdin?.end();
    const deadline = performance.now() + 40_000;
    while (this.#child.exitCode !== 0) {
      if (performance.now() > deadline) throw new Error(`${this.#dir} could not be cleaned up within 40 s`);
      if (ended(this.#child)) {
        this.#child = this.#start();
        this.#child.stdin?.end();
      }
      await sleep(10);
    }
  }

  #start(): ChildProcess {
    const child = spawnReaper(this.#dir);
    for (const pid of this.#noted) child.stdin?.write(`${pid}\n`);
    child.on('exit', () => {
      // Somebody killed it: the control plane must not be without one.
      if (!this.#asked) this.#child = this.#start();
    });
    return child;
  }
}

/** Cleans up after owners that were killed together with their reaper. */
export function sweepLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const dir = join(tmpdir(), name);
    if (name.startsWith(prefix) && isLeftover(dir)) spawnReaper(dir).stdin?.end();
  }
}

/** Whether the process that made this directory is gone. */
export function isLeftover(dir: string): boolean {
  try {
    // A directory without an owner is one that is being made, unless it is old.
    if (!existsSync(join(dir, 'owner'))) return Date.now() - statSync(dir).mtimeMs > 60_000;
    const owner = JSON.parse(readFileSync(join(dir, 'owner'), 'utf8')) as { pid: number; space: string };
    return owner.space === processSpace() && !isAlive(owner.pid);
  } catch {
    return false;
  }
}

export function spawnReaper(dir: string): ChildProcess {
  const child = spawn('sh', [script, dir], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  // A reaper that died breaks the pipe; its exit is handled, the pipe says nothing new.
  child.stdin?.on('error', () => undefined);
  child.unref();
  (child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return child;
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Process ids mean something only within one of these: containers may share a directory. */
export function processSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
