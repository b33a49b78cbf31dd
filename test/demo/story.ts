// The chapters of the demo. Every one of them checks what it shows: a demo that only prints can lie.
import type { OperatorProcess } from '../support/operator-process.ts';
import { KEY_ID, KEY_SECRET } from './cloud.ts';
import type { Stage } from './stage.ts';

const PODS =
  'get pods -n kube-system -o custom-columns=NODE:.spec.nodeName,POD:.metadata.name,READY:.status.containerStatuses[0].ready --sort-by=.spec.nodeName';
const CALICO = 'k8s-app=calico-node';
const TERWAY = 'app=terway-eniip';
const WRONG_SECRET = 'OneLetterOfTheSecretIsMissing';

async function nodesOf(stage: Stage, selector: string): Promise<string> {
  const path = 'jsonpath={range .items[*]}{.spec.nodeName} {.metadata.deletionTimestamp}{"\\n"}{end}';
  const output = await stage.quietly('-n', 'kube-system', 'get', 'pods', '-l', selector, '-o', path);
  const living = output
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([node, deleted]) => node && !deleted);
  return [...new Set(living.map(([node]) => node))].toSorted().join(' ');
}

async function untilOn(stage: Stage, selector: string, nodes: string): Promise<void> {
  await stage.until(`${selector} on ${nodes}`, async () => (await nodesOf(stage, selector)) === nodes);
}

async function untilReady(stage: Stage, status: string): Promise<void> {
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  await stage.until(
    `Ready=${status}`,
    async () => (await stage.quietly('get', 'hn', 'idc-hangzhou', '-o', path)) === status,
  );
}

async function apart(stage: Stage): Promise<void> {
  await untilOn(stage, CALICO, 'idc-1 idc-2 idc-3 idc-4');
  await untilOn(stage, TERWAY, 'ecs-1 ecs-2 ecs-3');
}

async function before(stage: Stage): Promise<string> {
  await untilOn(stage, CALICO, 'ecs-1 ecs-2 ecs-3 idc-1 idc-2 idc-3 idc-4 vk-1');
  await untilOn(stage, TERWAY, 'ecs-1 ecs-2 ecs-3 idc-1 idc-2 idc-3 idc-4');
  await stage.kubectl(PODS);
  stage.say(
    '',
    'Calico runs on cloud and virtual nodes, Terway on the nodes of the data center, where it breaks Calico.',
    'eni-config still holds placeholders, and there is no Secret with an access key.',
  );
  return await stage.quietly(
    '-n',
    'kube-system',
    'get',
    'daemonset',
    'calico-node',
    '-o',
    'jsonpath={.spec}',
  );
}

async function oneObject(stage: Stage): Promise<void> {
  stage.heading('One object says how it shall be');
  await stage.kubectl(
    `-n hybridnetwork-system create secret generic ram-user --from-literal=access-key-id=${KEY_ID} --from-literal=access-key-secret=${KEY_SECRET}`,
  );
  await stage.kubectl('apply -f deploy/samples/bgp.yaml');
  await stage.kubectl('wait --for=condition=Ready --timeout=60s hybridnetwork/idc-hangzhou');
  await apart(stage);
  await untilReady(stage, 'True');
  await stage.kubectl('get hybridnetworks -o wide');
  await stage.kubectl(PODS);
}

async function held(stage: Stage): Promise<void> {
  stage.heading('eni-config and alibaba-addon-secret are held');
  await stage.kubectl("-n kube-system get configmap eni-config -o 'jsonpath={.data.eni_conf}'");
  stage.say(
    '',
    'kube_client_qps, which the spec does not know, stayed where it was; the keys of the cloud are not in here.',
  );
  const printed = await stage.quietly(
    ...['-n', 'kube-system', 'get', 'secret', 'alibaba-addon-secret', '-o', 'jsonpath={.data.access-key-id}'],
  );
  if (Buffer.from(printed, 'base64').toString() !== KEY_ID)
    throw new Error('the access key was not published');
  await stage.kubectl('-n kube-system describe secret alibaba-addon-secret');
}

async function untilCondition(stage: Stage, type: string, reason: string): Promise<void> {
  const path = `jsonpath={.status.conditions[?(@.type=="${type}")].reason}`;
  await stage.until(
    `${type} ${reason}`,
    async () => (await stage.quietly('get', 'hn', 'idc-hangzhou', '-o', path)) === reason,
  );
}

async function askedOfTheCloud(stage: Stage): Promise<void> {
  stage.heading('ECS and VPC are asked whether it can work (here: the emulated ones)');
  await untilCondition(stage, 'CloudValidated', 'Validated');
  const columns =
    'custom-columns=FREE-IPS:.status.freeIPs,ZONES:.status.zones[*].zone,PODS:.status.capacity.pods,TYPES:.status.capacity.instanceTypes[*].type';
  await stage.kubectl(`get hybridnetwork idc-hangzhou -o '${columns}'`);
  await stage.kubectl(
    `get hybridnetwork idc-hangzhou -o 'jsonpath={.status.conditions[?(@.type=="CloudValidated")].message}'`,
  );
  stage.heading('A key with a slip of the pen is tried and not published; the last good one stays');
  await setSecret(stage, WRONG_SECRET);
  await untilCondition(stage, 'CredentialsSynced', 'KeyRejected');
  await stage.kubectl(
    `get hybridnetwork idc-hangzhou -o 'jsonpath={.status.conditions[?(@.type=="CredentialsSynced")].message}'`,
  );
  await setSecret(stage, KEY_SECRET);
  await untilCondition(stage, 'CredentialsValid', 'KeyAccepted');
  await untilCondition(stage, 'CloudValidated', 'Validated');
  await untilReady(stage, 'True');
}

async function setSecret(stage: Stage, value: string): Promise<void> {
  await stage.kubectl(
    `-n hybridnetwork-system patch secret ram-user --type=merge -p '{"stringData":{"access-key-secret":"${value}"}}'`,
  );
}

async function tampering(stage: Stage): Promise<void> {
  stage.heading('Tampering is repaired: an edit, a replace, a delete');
  await stage.kubectl(
    `-n kube-system patch daemonset calico-node --type=json -p '[{"op":"remove","path":"/spec/template/spec/affinity"}]'`,
  );
  await stage.kubectl('replace -f test/fixtures/terway.yaml');
  await stage.kubectl('-n kube-system delete configmap eni-config');
  await apart(stage);
  await stage.until('eni-config is back', async () =>
    (
      await stage.quietly(
        '-n',
        'kube-system',
        'get',
        'configmap',
        'eni-config',
        '-o',
        'jsonpath={.data.eni_conf}',
      )
    ).includes('vsw-bp1'),
  );
  await untilReady(stage, 'True');
  await stage.kubectl(PODS);
  await stage.kubectl(
    "get events --field-selector=reason!=Starting,involvedObject.kind=HybridNetwork -o 'custom-columns=REASON:.reason,NOTE:.message' --sort-by=.metadata.creationTimestamp",
  );
}

async function givenBack(stage: Stage, original: string): Promise<void> {
  stage.heading('Deleting it with Restore asks first, because cloud nodes are still there');
  await stage.kubectl(
    `patch hybridnetwork idc-hangzhou --type=merge -p '{"spec":{"deletionPolicy":"Restore"}}'`,
  );
  await stage.until('the finalizer stands', async () =>
    (await stage.quietly('get', 'hn', 'idc-hangzhou', '-o', 'jsonpath={.metadata.finalizers}')).includes(
      'restore',
    ),
  );
  await stage.kubectl('delete hybridnetwork idc-hangzhou --wait=false');
  await untilReady(stage, 'False');
  await stage.kubectl('get hybridnetworks -o wide');
  await stage.kubectl(
    "get hybridnetwork idc-hangzhou -o 'custom-columns=HASH:.status.plan.hash,ACTIONS:.status.plan.actions[*].action,TARGETS:.status.plan.actions[*].target.name,RESTARTS:.status.plan.actions[*].podsRestarted'",
  );
  const hash = await stage.quietly('get', 'hn', 'idc-hangzhou', '-o', 'jsonpath={.status.plan.hash}');
  stage.heading('Approved, it gives back exactly what it added');
  await stage.kubectl(`annotate hn idc-hangzhou --overwrite hybrid.alibabacloud.com/approve=${hash}`);
  await stage.kubectl('wait --for=delete --timeout=60s hybridnetwork/idc-hangzhou');
  const restored = await stage.quietly(
    '-n',
    'kube-system',
    'get',
    'daemonset',
    'calico-node',
    '-o',
    'jsonpath={.spec}',
  );
  if (restored !== original) throw new Error(`calico-node is not what it was:\n${original}\n${restored}`);
  await untilOn(stage, CALICO, 'ecs-1 ecs-2 ecs-3 idc-1 idc-2 idc-3 idc-4 vk-1');
  await untilOn(stage, TERWAY, 'ecs-1 ecs-2 ecs-3');
  await stage.kubectl(PODS);
  stage.say(
    '',
    'The spec of calico-node is, byte for byte, what it was before. Terway stays on cloud nodes: letting it go would',
    'break the data center. eni-config and the Secret stay, because running cloud nodes need them.',
  );
}

/** Tells the whole story; throws where something does not turn out as it is told. */
export async function tellTheStory(stage: Stage, operator: OperatorProcess): Promise<void> {
  const original = await before(stage);
  await oneObject(stage);
  await held(stage);
  await askedOfTheCloud(stage);
  await tampering(stage);
  await givenBack(stage, original);
  const leaked = [KEY_SECRET, Buffer.from(KEY_SECRET).toString('base64')].some((text) =>
    operator.output().includes(text),
  );
  if (leaked) throw new Error('the secret of the access key stands in the log of the operator');
  stage.say('', 'Done. The log of the operator never showed the access key.');
}
