// A stage for commands of the documentation: a control plane with nodes and both networks, the emulated cloud, a folder that
// looks like a copy of the project, and the operator, which runs as soon as it is installed.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startEmulator } from '../../alicloud/server.ts';
import type { Emulator } from '../../alicloud/server.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import type { ControlPlane } from '../../cluster/types.ts';
import { cloudOfTheDemo, KEY_ID, KEY_SECRET } from '../../demo/cloud.ts';
import { eventually } from '../../support/eventually.ts';
import { fences } from '../../support/markdown.ts';
import { startOperator } from '../../support/operator-process.ts';
import type { OperatorProcess } from '../../support/operator-process.ts';
import { filesOf, programOf } from '../../tools/tools.ts';
import { readPage } from './doc-commands.ts';
import type { StagePlan, Start } from './doc-table.ts';
import { NAMESPACE, ROOT, scratch } from './render.ts';
import type { Ran } from './render.ts';

const OPERATOR = 'hybridnetwork-operator';
const SECRET = `kubectl -n ${NAMESPACE} create secret generic ram-user --from-file=access-key-id --from-file=access-key-secret`;
const SAMPLE = 'kubectl apply -f deploy/samples/bgp.yaml';
const UNTIL_READY = 'kubectl wait --for=condition=Ready --timeout=60s hn/idc-hangzhou';

/** So few that no plan of the sample waits for an approval; the others join when it is Ready. */
const FIRST_CLOUD_NODES = 2;

/** Typed before the first command of the documentation. */
const BEFORE: Readonly<Record<Start, readonly string[]>> = {
  nothing: [],
  installed: ['kubectl apply -k deploy', SECRET],
  ready: ['kubectl apply -k deploy', SECRET, SAMPLE, UNTIL_READY],
  stuck: [
    ...['kubectl apply -k deploy', SECRET, SAMPLE, UNTIL_READY],
    `kubectl patch hn idc-hangzhou --type=merge -p '{"spec":{"deletionPolicy":"Restore"}}'`,
    `kubectl wait --for=jsonpath='{.metadata.finalizers}' --timeout=60s hn/idc-hangzhou`,
    'kubectl delete hn idc-hangzhou --wait=false',
  ],
  released: [
    `helm install ${OPERATOR} deploy/chart --namespace ${NAMESPACE} --create-namespace`,
    ...[SECRET, SAMPLE, UNTIL_READY],
  ],
};

export interface DocStage {
  /** Types a command where a person would be, and waits until it ends. */
  type(command: string): Promise<Ran>;
  /** The name of a cloud node that is there. */
  cloudNode(): string;
  stop(): Promise<void>;
}

/** The folders of somebody who has a copy of the project, a folder of his own beside it, and a release. */
function layOut(dir: string): { readonly copy: string; readonly own: string; readonly dist: string } {
  const [copy, own, dist] = [join(dir, OPERATOR), join(dir, 'own'), join(dir, 'dist')];
  for (const folder of [copy, own]) mkdirSync(folder);
  for (const name of readdirSync(ROOT).filter((one) => one !== 'dist' && one !== '.git'))
    symlinkSync(join(ROOT, name), join(copy, name));
  writeFileSync(join(copy, 'access-key-id'), KEY_ID);
  writeFileSync(join(copy, 'access-key-secret'), KEY_SECRET);
  writeFileSync(join(copy, 'network.yaml'), readFileSync(join(ROOT, 'deploy/samples/bgp.yaml')));
  writeFileSync(join(own, 'kustomization.yaml'), kustomizationOfInstall());
  return { copy, own, dist };
}

/** The one that docs/install.md shows. */
function kustomizationOfInstall(): string {
  const shown = fences(readPage('docs/install.md')).find(({ body }) => body.includes('kind: Kustomization'));
  if (shown === undefined) throw new Error('docs/install.md shows no kustomization');
  return shown.body;
}

async function programs(dir: string, kubectl: string): Promise<string> {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  symlinkSync(kubectl, join(bin, 'kubectl'));
  symlinkSync(await programOf('helm'), join(bin, 'helm'));
  return [bin, process.env['PATH']].join(delimiter);
}

async function shell(command: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const options = { cwd, env: { ...process.env, ...env }, timeout: 120_000, maxBuffer: 1 << 26 };
  return await new Promise((resolve) => {
    const child = execFile('bash', ['-euo', 'pipefail', '-c', command], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** Starts the stage, and types what stands before the first command. */
export async function startStage({
  from,
  cloudNodes = FIRST_CLOUD_NODES,
}: Pick<StagePlan, 'from' | 'cloudNodes'>): Promise<DocStage> {
  const { dir, remove } = scratch();
  const stage = new Stage(dir, remove);
  try {
    await stage.start(from, cloudNodes);
    return stage;
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

class Stage implements DocStage {
  readonly #dir: string;
  readonly #remove: () => Promise<void>;
  #folders: ReturnType<typeof layOut> | undefined;
  #env: Record<string, string> = {};
  #cloudNodes: readonly string[] = [];
  #plane: ControlPlane | undefined;
  #emulator: Emulator | undefined;
  #operator: OperatorProcess | undefined;

  constructor(dir: string, remove: () => Promise<void>) {
    this.#dir = dir;
    this.#remove = remove;
  }

  async start(from: Start, cloudNodes: number): Promise<void> {
    const plane = await startControlPlane({ name: 'docs' });
    this.#plane = plane;
    this.#cloudNodes = Array.from({ length: cloudNodes }, (_, index) => `ecs-${index + 1}`);
    await plane.joinNodes({ idc: 3, ecs: FIRST_CLOUD_NODES, vk: 1 });
    this.#emulator = await startEmulator({ world: cloudOfTheDemo(this.#cloudNodes) });
    this.#folders = layOut(this.#dir);
    this.#env = {
      PATH: await programs(this.#dir, plane.binaries.kubectl),
      KUBECONFIG: plane.kubeconfig,
      CLOUD_ENDPOINT: this.#emulator.url,
      ARGOCD: await filesOf('argocd-files'),
      // Whoever is put before an editor saves and leaves.
      KUBE_EDITOR: 'true',
      ...Object.fromEntries(
        ['CACHE', 'CONFIG', 'DATA'].map((name) => [`HELM_${name}_HOME`, join(this.#dir, name)]),
      ),
    };
    await plane.mustKubectl(['apply', '-f', join(ROOT, 'test/fixtures')]);
    for (const name of ['calico-system', 'monitoring', 'storage'])
      await plane.mustKubectl(['create', 'namespace', name]);
    for (const command of BEFORE[from]) await this.#must(command);
    await plane.joinNodes({ ecs: cloudNodes - FIRST_CLOUD_NODES });
    if (from === 'stuck') this.#operator?.kill('SIGKILL');
  }

  async type(command: string): Promise<Ran> {
    if (this.#plane === undefined || this.#folders === undefined)
      throw new Error('the stage has not started');
    const { copy, own, dist } = this.#folders;
    const ran = await shell(command, await this.#placeOf(command, { copy, own, dist }), this.#env);
    this.#cloudNodes = this.#cloudNodes.filter((name) => command !== `kubectl delete node ${name}`);
    await this.#runTheOperator(this.#plane);
    return ran;
  }

  cloudNode(): string {
    return this.#cloudNodes[0] ?? 'there is no cloud node any more';
  }

  /** Of `kubectl apply -k .` the folder of one's own, of what names assets of a release the release. */
  async #placeOf(command: string, folders: ReturnType<typeof layOut>): Promise<string> {
    if (command.endsWith(' -k .')) return folders.own;
    if (!/ SHA256SUMS| install\.yaml/.test(command)) return folders.copy;
    if (existsSync(folders.dist)) return folders.dist;
    const made = await shell(`npm run -s release -- --out ${folders.dist}`, folders.copy, this.#env);
    if (made.code !== 0) throw new Error(`npm run release:\n${made.stderr}`);
    return folders.dist;
  }

  /** kwok only pretends to run the pods of its Deployment. */
  async #runTheOperator(plane: ControlPlane): Promise<void> {
    if (this.#operator !== undefined) return;
    const { code } = await plane.kubectl(['-n', NAMESPACE, 'get', 'serviceaccount', OPERATOR]);
    if (code !== 0) return;
    const kubeconfig = await plane.kubeconfigFor(NAMESPACE, OPERATOR);
    const env = { CLOUD_ENDPOINT: this.#emulator?.url ?? '' };
    this.#operator = await startOperator({ kubeconfig, dir: plane.dir, env });
  }

  async #must(command: string): Promise<void> {
    const { code, stdout, stderr } = await this.type(command);
    if (code !== 0) throw new Error(`${command}\n${stdout}${stderr}`);
  }

  async stop(): Promise<void> {
    // Its namespace may be gone, and with it the Lease that it would give up.
    this.#operator?.kill('SIGKILL');
    await this.#plane?.stop();
    await this.#emulator?.close();
    await this.#remove();
  }
}

/** Waits until the command succeeds. */
export async function untilTrue(stage: DocStage, command: string): Promise<void> {
  await eventually(
    async () => {
      const { code, stdout, stderr } = await stage.type(command);
      if (code !== 0) throw new Error(`${command}\n${stdout}${stderr}`);
    },
    { what: command, timeoutMs: 30_000 },
  );
}
