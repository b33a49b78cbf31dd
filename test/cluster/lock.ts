import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processSpace } from './reaper.ts';

export interface LockOptions {
  readonly path: string;
  /** Called once when somebody else has the lock, and then about every 15 s. */
  readonly onWait: (holder: number | undefined, seconds: number) => void;
  /** Asked while waiting: true means that the lock is not needed any more. */
  readonly done: () => boolean;
}

const heartbeatMs = 5_000;
const silentMs = 60_000;

/**
 * Takes a lock file and returns what releases it; undefined where `done` came true first. A lock whose holder is
 * gone is taken over: its process is dead, or has not touched the file for a minute.
 */
export async function acquireLock(options: LockOptions): Promise<(() => void) | undefined> {
  const begun = performance.now();
  let nextReport = 0;
  for (;;) {
    if (options.done()) return undefined;
    if (create(options.path)) return hold(options.path);
    breakIfStale(options.path);
    const waited = performance.now() - begun;
    if (waited >= nextReport && isHeld(options.path)) {
      options.onWait(holderOf(options.path)?.pid, Math.round(waited / 1000));
      nextReport = waited + 15_000;
    }
    await sleep(100);
  }
}

interface Holder {
  readonly pid: number;
  readonly space: string;
}

function create(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, JSON.stringify({ pid: process.pid, space: processSpace() } satisfies Holder));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function hold(path: string): () => void {
  // Long suspended, this process may have been taken for dead: then the file is somebody else's.
  const isOurs = (): boolean => holderOf(path)?.pid === process.pid;
  const touch = setInterval(() => {
    if (isOurs()) utimesSync(path, new Date(), new Date());
  }, heartbeatMs);
  touch.unref();
  return () => {
    clearInterval(touch);
    if (isOurs()) rmSync(path, { force: true });
  };
}

/** Only who holds the second file may remove a stale lock: else one waiter could remove the next holder's. */
function breakIfStale(path: string): void {
  if (!isStale(path)) return;
  const breaker = `${path}.break`;
  if (ageOf(breaker) > 10_000) rmSync(breaker, { force: true });
  if (!create(breaker)) return;
  try {
    if (isStale(path)) rmSync(path, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

function isHeld(path: string): boolean {
  return ageOf(path) >= 0;
}

function isStale(path: string): boolean {
  const age = ageOf(path);
  const holder = holderOf(path);
  // Without content it is being written just now.
  if (holder === undefined) return age > heartbeatMs;
  return age > silentMs || (holder.space === processSpace() && !isAlive(holder.pid));
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function ageOf(path: string): number {
  try {
    return Math.max(0, Date.now() - statSync(path).mtimeMs);
  } catch {
    return -1;
  }
}
