// What the tools that read a HybridNetwork say of it: Argo CD by the script of deploy/argocd, kstatus, and kubectl wait.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../../cluster/types.ts';
import type { KubeObject } from '../../support/hybrid-cluster.ts';
import { programOf } from '../../tools/tools.ts';
import { ROOT, run } from './render.ts';

export const ARGOCD_CM = join(ROOT, 'deploy/argocd/argocd-cm.yaml');

export interface Told {
  readonly status: string;
  readonly message: string;
}

/** `argocd admin settings resource-overrides health`, which runs the script as the controller does. */
export async function argoHealth(object: KubeObject, dir: string, cm = ARGOCD_CM): Promise<Told> {
  const path = join(dir, `${object.metadata.name}.json`);
  writeFileSync(path, JSON.stringify(object));
  const command = ['admin', 'settings', 'resource-overrides', 'health', path, '--argocd-cm-path', cm];
  const { stdout, stderr } = await run(await programOf('argocd'), command, { KUBECONFIG: '/dev/null' });
  const [, status = '', message = ''] = /^STATUS: (\w+)\nMESSAGE: ([\s\S]*)\n$/.exec(stdout) ?? [];
  if (status === '') throw new Error(`Argo CD cannot tell:\n${stdout}${stderr}`);
  return { status, message };
}

export async function kstatus(object: KubeObject): Promise<Told> {
  const { code, stdout, stderr } = await run(await programOf('kstatus'), [], {}, JSON.stringify(object));
  if (code !== 0) throw new Error(`kstatus: ${stderr}`);
  return JSON.parse(stdout) as Told;
}

/** Whether `kubectl wait --for=…` is content with the HybridNetwork as it stands: with a timeout of 0 it looks once. */
export async function isReached(controlPlane: ControlPlane, name: string, what: string): Promise<boolean> {
  const { code, stderr } = await controlPlane.kubectl([
    'wait',
    `hn/${name}`,
    `--for=${what}`,
    '--timeout=0s',
  ]);
  if (code === 0) return true;
  if (stderr.includes('condition not met')) return false;
  throw new Error(`kubectl wait hn/${name}: ${stderr}`);
}
