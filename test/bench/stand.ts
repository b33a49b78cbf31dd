// What every bench stands on: the real control plane, a hybrid cluster whose HybridNetwork is wholly in place (all
// concerns on), and the operator as it ships: one file.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { readFileSync } from 'node:fs';
import type { HybridNetwork, HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import type { NodeCounts } from '../cluster/nodes.ts';
import { putSecret } from '../support/by-hand.ts';
import { startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BUNDLE = `${ROOT}dist/hybridnetwork-operator.mjs`;

interface Shipped {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly env: readonly { readonly name: string; readonly value?: string }[];
        }[];
      };
    };
  };
}

/** NODE_OPTIONS as deploy/deployment.yaml sets it: what is measured is what ships. */
export function shippedEnvironment(): { readonly NODE_OPTIONS: string } {
  const documents = parseAllDocuments(readFileSync(`${ROOT}deploy/deployment.yaml`, 'utf8'));
  const shipped = documents.map((one) => one.toJS() as Shipped).find(({ kind }) => kind === 'Deployment');
  const env = shipped?.spec.template.spec.containers[0]?.env ?? [];
  const value = env.find(({ name }) => name === 'NODE_OPTIONS')?.value;
  if (value === undefined) throw new Error('deploy/deployment.yaml sets no NODE_OPTIONS');
  return { NODE_OPTIONS: value };
}

/** A progress line on stderr: the tables alone go to stdout. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `npm run build` */
export async function buildBundle(): Promise<void> {
  await promisify(execFile)(process.execPath, [`${ROOT}.tools/bundle.ts`], { cwd: ROOT });
}

/** The sample for BGP with `changes` in its spec: eni-config, Secret, datapath and NetworkPolicy are held, too. */
export function fullNetwork(changes: Partial<HybridNetworkSpec> = {}): HybridNetwork {
  const sample = parse(readFileSync(`${ROOT}deploy/samples/bgp.yaml`, 'utf8')) as HybridNetwork;
  return { ...sample, spec: { ...sample.spec, approveAbove: 100_000, ...changes } };
}

/** Starts the cluster and installs Calico, Terway, eni-config and the access key; no HybridNetwork yet. */
export async function startStand(nodes: NodeCounts): Promise<HybridCluster> {
  say('starting the control plane …');
  await buildBundle();
  const cluster = await startHybridCluster(nodes);
  try {
    await cluster.applyFile('test/fixtures');
    await putSecret(
      cluster,
      { kind: 'Secret', namespace: 'hybridnetwork-system', name: 'ram-user' },
      { 'access-key-id': 'LTAI5tBench', 'access-key-secret': 'SecretOfTheBench' },
    );
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** `gitVersion` of the API server. */
export async function kubernetesVersion(cluster: HybridCluster): Promise<string> {
  const { gitVersion } = (await cluster.controlPlane.api.call('GET', '/version')) as {
    readonly gitVersion: string;
  };
  return gitVersion;
}

/** Runs the bench and takes the cluster down however it ends. */
export async function withCluster(
  cluster: HybridCluster,
  bench: (cluster: HybridCluster) => Promise<void>,
): Promise<void> {
  try {
    await bench(cluster);
  } finally {
    await cluster.stop();
  }
}
