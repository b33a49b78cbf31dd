// The whole of it: the image built, the control plane, a node of its own and the operator deployed there. Calico and Terway
// are stand-ins that only sleep or, on kwok's nodes, do not even that.
import { join } from 'node:path';
import { buildImage } from '../packages/support/image.ts';
import type { Image } from '../packages/support/image.ts';
import { scratch } from '../packages/support/render.ts';
import { startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { IMAGE, install } from './deployed.ts';
import { flagsForNode, NODE, startNode } from './node.ts';

const PAUSE = 'example.com/pause:test';
const SLEEPERS = ['docker.io/calico/node:v3.32.1', 'docker.io/calico/kube-controllers:v3.32.1', PAUSE];

/** Where Calico belongs: the real node, and one of kwok's. */
export const ON_PREMISES = ['idc-1', NODE];
/** Where Terway belongs. */
export const CLOUD = ['ecs-1', 'ecs-2'];

export interface NodeStand {
  readonly cluster: HybridCluster;
  readonly image: Image;
  /** Takes the node away; resolves when the machine is as it was. */
  stopNode(): Promise<void>;
  /** Ends everything that is left. */
  stop(): Promise<void>;
}

export async function startNodeStand(): Promise<NodeStand> {
  const endings: (() => Promise<void>)[] = [];
  // The last first; what cannot be ended does not keep the others.
  const stop = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let end = endings.pop(); end !== undefined; end = endings.pop()) {
      await end().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  };
  try {
    const { dir, remove } = scratch();
    endings.push(remove);
    const image = await buildImage(dir);
    endings.push(async () => await image.remove());
    const archives = await archivesOf(image, dir);
    const cluster = await startHybridCluster({ idc: 1, ecs: 2, vk: 0 }, { flags: flagsForNode });
    endings.push(async () => await cluster.stop());
    const stopNode = await startNode(cluster.controlPlane, { archives, pauseImage: PAUSE });
    endings.push(stopNode);
    await deploy(cluster);
    return { cluster, image, stopNode, stop };
  } catch (error) {
    // Why it failed is told first.
    await stop().catch((another: unknown) => {
      throw new Error(`${String(error)}; besides: ${String(another)}`, { cause: error });
    });
    throw error;
  }
}

async function archivesOf(image: Image, dir: string): Promise<readonly string[]> {
  const path = (name: string): string => join(dir, `${name}.tar`);
  await image.archive(path('operator'), IMAGE);
  for (const [index, name] of SLEEPERS.entries()) await image.archiveSleeper(path(`sleeper-${index}`), name);
  return [path('operator'), ...SLEEPERS.map((_, index) => path(`sleeper-${index}`))];
}

async function deploy(cluster: HybridCluster): Promise<void> {
  // What kwok plays there is no operator.
  await cluster.kubectl('cordon', 'idc-1');
  await cluster.applyFile('test/fixtures');
  await cluster.untilOn('k8s-app=calico-node', [...ON_PREMISES, ...CLOUD]);
  await install(cluster);
}
