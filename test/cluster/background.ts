import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ask, type DaemonMessage, type Health, type Orders, ordersVariable } from './daemon-protocol.ts';
import { acquireLock } from './lock.ts';
import { newPath, spawnReaper } from './reaper.ts';
import { type Instance, readInstance, removeInstance, stateDir } from './state.ts';

/** undefined: nothing answers for it any more. */
export async function healthOf(instance: Instance): Promise<Health | undefined> {
  const answer = await ask(instance.dir, 'status');
  return answer === undefined || answer === '' ? undefined : (JSON.parse(answer) as Health);
}

export interface Started {
  readonly instance: Instance;
  readonly wasRunning: boolean;
}

/** Starts a control plane that outlives this process, unless one of that name runs. */
export async function startInBackground(orders: Orders, log: (line: string) => void): Promise<Started> {
  const release = await acquireLock({
    path: join(stateDir(), `${orders.name}.lock`),
    done: () => false,
    onWait: () => {
      log(`"${orders.name}" is being started by another command, waiting`);
    },
  });
  try {
    const existing = readInstance(orders.name);
    if (existing !== undefined && (await healthOf(existing)) !== undefined)
      return { instance: existing, wasRunning: true };
    if (existing !== undefined) {
      log(`"${orders.name}" was left broken; cleaning up`);
      await stopInBackground(existing);
    }
    await launch(orders, log);
    const instance = readInstance(orders.name);
    if (instance === undefined) throw new Error(`"${orders.name}" did not leave its state in ${stateDir()}`);
    return { instance, wasRunning: false };
  } finally {
    release?.();
  }
}

/** Ends a control plane, also one whose processes have died or hang. */
export async function stopInBackground(instance: Instance): Promise<void> {
  await ask(instance.dir, 'stop', 15_000);
  // Nothing is left of one that stopped as it should; the reaper ends and deletes whatever is.
  if (existsSync(instance.dir)) spawnReaper(instance.dir).stdin?.end();
  const deadline = performance.now() + 30_000;
  while (existsSync(instance.dir)) {
    if (performance.now() > deadline) throw new Error(`${instance.dir} could not be cleaned up`);
    await sleep(20);
  }
  removeInstance(instance.name);
}

function launch(orders: Orders, log: (line: string) => void): Promise<void> {
  // Chosen here so that the daemon's own command line names it: that is how the reaper knows its processes.
  const dir = newPath();
  const child = fork(fileURLToPath(new URL('daemon.ts', import.meta.url)), [dir], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, [ordersVariable]: JSON.stringify(orders) },
  });
  return new Promise((resolve, reject) => {
    child.on('message', (message: DaemonMessage) => {
      if ('log' in message) log(message.log);
      else if ('error' in message) reject(new Error(message.error));
      else resolve();
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      reject(
        new Error(`the background process ended (${signal ?? `exit code ${code}`}) before it was ready`),
      );
    });
    child.unref();
  });
}
