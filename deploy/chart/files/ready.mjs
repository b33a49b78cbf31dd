// `helm test`: asks the API server, as the operator, whether the operator is there. A replica has to be ready, all of them
// of the release's version, and one of them has to have led within the last minute.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const ACCOUNT = process.env.ACCOUNT_DIR ?? '/var/run/secrets/kubernetes.io/serviceaccount';
const NAMESPACE = process.env.POD_NAMESPACE;
const NAME = 'hybridnetwork-operator';
const PATIENCE_MS = 120_000;
const LEADS_WITHIN_MS = 60_000;

const ca = readFileSync(`${ACCOUNT}/ca.crt`);
const token = readFileSync(`${ACCOUNT}/token`, 'utf8').trim();

function get(path) {
  return new Promise((resolve, reject) => {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const asked = request({ host, port, path, ca, headers, timeout: 10_000 }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => (body += chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(body));
        else reject(new Error(`${path}: ${answer.statusCode}`));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`${path}: no answer within 10 s`)));
    asked.on('error', reject);
    asked.end();
  });
}

/** What is not as it should be; undefined when all is well. */
function wrongWith({ metadata, spec, status }) {
  const { observedGeneration, readyReplicas, updatedReplicas } = {
    observedGeneration: 0,
    readyReplicas: 0,
    updatedReplicas: 0,
    ...status,
  };
  if (observedGeneration < metadata.generation) return 'the Deployment has not been looked at yet';
  if (updatedReplicas < spec.replicas)
    return `${updatedReplicas} of ${spec.replicas} replicas are up to date`;
  if (readyReplicas === 0) return 'no replica is ready';
  return undefined;
}

function isHeld({ holderIdentity = '', renewTime = '' }) {
  const age = Date.now() - Date.parse(renewTime);
  return holderIdentity !== '' && age < LEADS_WITHIN_MS;
}

async function wrong() {
  const problem = wrongWith(await get(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`));
  if (problem !== undefined) return problem;
  const lease = await get(`/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/${NAME}`);
  return isHeld(lease.spec ?? {}) ? undefined : 'no replica leads';
}

const deadline = Date.now() + Number(process.env.PATIENCE_MS ?? PATIENCE_MS);
for (;;) {
  const problem = await wrong().catch((error) => String(error.message));
  if (problem === undefined) {
    console.log('The operator is ready, and a replica leads.');
    break;
  }
  if (Date.now() > deadline) {
    console.error(`${problem}: kubectl -n ${NAMESPACE} get deployments,pods,leases`);
    process.exitCode = 1;
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
