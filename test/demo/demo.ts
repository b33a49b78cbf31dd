// The main job, shown on a real control plane: `npm run demo`, or `npm run demo -- --keep` to explore afterwards.
import { parseArgs } from 'node:util';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import type { ControlPlane } from '../cluster/types.ts';
import { startOperator } from '../support/operator-process.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { cloudOfTheDemo } from './cloud.ts';
import { createStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { tellTheStory } from './story.ts';

const CLOUD_NODES = ['ecs-1', 'ecs-2', 'ecs-3'];
const OPERATOR = ['hybridnetwork-system', 'hybridnetwork-operator'] as const;

async function install(stage: Stage): Promise<void> {
  stage.heading('A cluster in the data center grows into Alibaba Cloud');
  await stage.kubectl('get nodes -L alibabacloud.com/external,type');
  stage.heading('Its networks as they come out of the box: both everywhere');
  await stage.kubectl('apply -f test/fixtures');
  await stage.kubectl('apply -k deploy');
  // kwok only pretends to run pods; the operator of this demo is a process of its own.
  await stage.quietly('-n', OPERATOR[0], 'scale', 'deployment', OPERATOR[1], '--replicas=0');
}

async function run(controlPlane: ControlPlane, emulator: Emulator): Promise<OperatorProcess> {
  const kubeconfig = await controlPlane.kubeconfigFor(...OPERATOR);
  const env = { CLOUD_ENDPOINT: emulator.url };
  return await startOperator({ kubeconfig, dir: controlPlane.dir, env });
}

async function explore(controlPlane: ControlPlane, stage: Stage, emulator: Emulator): Promise<void> {
  stage.say(
    '',
    'Everything keeps running until you press Ctrl-C. In another terminal:',
    '',
    `  export KUBECONFIG=${controlPlane.kubeconfig}`,
    `  alias kubectl=${controlPlane.binaries.kubectl}`,
    `  export CLOUD_ENDPOINT=${emulator.url}                 # the emulated cloud, for: npm run -s hn -- check`,
    '  kubectl apply -f deploy/samples/bgp.yaml',
    '  kubectl get hybridnetworks -o wide --watch',
    '  kubectl -n kube-system edit daemonset calico-node     # take the affinity out and look again',
    '  kubectl explain hybridnetwork.spec',
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
  const log = (line: string): void => void process.stdout.write(`${line}\n`);
  const controlPlane = await startControlPlane({ name: 'demo', log });
  const emulator = await startEmulator({ world: cloudOfTheDemo(CLOUD_NODES) });
  let operator: OperatorProcess | undefined;
  try {
    await controlPlane.joinNodes({ idc: 4, ecs: CLOUD_NODES.length, vk: 1 });
    const stage = createStage(controlPlane);
    await install(stage);
    operator = await run(controlPlane, emulator);
    await tellTheStory(stage, operator);
    if (values.keep) await explore(controlPlane, stage, emulator);
  } catch (error) {
    process.stderr.write(`${operator?.output() ?? ''}\n`);
    throw error;
  } finally {
    await operator?.stop();
    await controlPlane.stop();
    await emulator.close();
  }
}

await main();
