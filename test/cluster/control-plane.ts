import { locateBinaries } from './binaries.ts';
import { RunningControlPlane } from './running.ts';
import { sweepLeftovers } from './reaper.ts';
import type { ControlPlane, ControlPlaneOptions } from './types.ts';

export type { AuditEntry, AuditFilter, AuditLog, AuditMark } from './audit.ts';
export type { ComponentName } from './config.ts';
export type { KubectlOptions, KubectlResult } from './kubectl.ts';
export type { NodeCounts, NodeKind, NodeOverrides } from './nodes.ts';
export type { ComponentHandle, ControlPlane, ControlPlaneOptions, KubeconfigForOptions } from './types.ts';

/**
 * Starts etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok, and resolves when they work.
 * Everything ends with this process at the latest, however it ends.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { log } = options;
  const binaries = options.binaries ?? (await locateBinaries(log === undefined ? {} : { log }));
  sweepLeftovers();
  for (let attempt = 1; ; attempt += 1) {
    const plane = new RunningControlPlane(options, binaries);
    try {
      await plane.start();
      return plane;
    } catch (error) {
      const taken = plane.portWasTaken();
      await plane.stop();
      if (!taken || attempt === 5) throw error;
      log?.('the port was taken by another program meanwhile; trying another one');
    }
  }
}
