// The Pod of `helm test`, made of the operator's: the same image, as the same ServiceAccount, placed and secured alike. It
// runs files/ready.mjs.
import { Document, isMap, isScalar, YAMLMap } from 'yaml';
import { DEPTH } from './markers.ts';
import type { Markers } from './markers.ts';

/** What it has in common with the operator's pods. */
const OF_THE_POD = [
  'serviceAccountName',
  'hostNetwork',
  'dnsPolicy',
  'affinity',
  'tolerations',
  'nodeSelector',
  'imagePullSecrets',
  'securityContext',
];
const OF_THE_CONTAINER = ['image', 'imagePullPolicy', 'env', 'envFrom', 'securityContext'];

/** From the operator's Deployment, after its edits. */
export function testPod(deployment: Document, markers: Markers): Document {
  const operator = mapAt(deployment, ['spec', 'template', 'spec']);
  const container = picked(
    mapAt(deployment, ['spec', 'template', 'spec', 'containers', 0]),
    OF_THE_CONTAINER,
  );
  const script = markers.mark({
    shape: 'below-text',
    lines: [`{{- $.Files.Get "files/ready.mjs" | nindent ${DEPTH} }}`],
  });
  const pod = new Document({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'hybridnetwork-operator-test',
      namespace: 'hybridnetwork-system',
      labels: {
        'app.kubernetes.io/part-of': 'hybridnetwork-operator',
        'app.kubernetes.io/component': 'test',
      },
      annotations: {
        'helm.sh/hook': 'test',
        'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      },
    },
  });
  const spec = new YAMLMap();
  spec.set('restartPolicy', 'Never');
  // The token that the script asks with.
  spec.set('automountServiceAccountToken', true);
  spec.items.push(...picked(operator, OF_THE_POD).items);
  container.items.unshift(pod.createPair('name', 'test'));
  container.set('command', pod.createNode(['node', '--input-type=module', '--eval']));
  container.set('args', pod.createNode([script]));
  spec.set('containers', pod.createNode([container]));
  pod.set('spec', spec);
  return pod;
}

function mapAt(document: Document, path: readonly (string | number)[]): YAMLMap {
  const found: unknown = document.getIn(path, true);
  if (!isMap(found)) throw new Error(`the Deployment has no ${path.join('.')}`);
  return found;
}

/** Copies; a key that is there twice, on two conditions, stays so. */
function picked(map: YAMLMap, keys: readonly string[]): YAMLMap {
  const copy = map.clone() as YAMLMap;
  copy.items = copy.items.filter(({ key }) => keys.includes(String(isScalar(key) ? key.value : key)));
  return copy;
}
