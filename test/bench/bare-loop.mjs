// The floor: watch one DaemonSet, and put its affinity back by JSON Patch whenever it is not as wanted. Node's own
// https, nothing else; and JavaScript, so that not even the stripping of types adds to its memory. It knows no
// resourceVersions, no failures, no back-off: it ends when its watch does.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

const { server, caFile, tokenFile, path, affinity: wanted } = JSON.parse(process.argv[2]);
const ca = readFileSync(caFile);
const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
const agent = new Agent({ keepAlive: true, ca });
const wantedText = JSON.stringify(wanted);

const slash = path.lastIndexOf('/');
const query = `watch=true&fieldSelector=metadata.name%3D${path.slice(slash + 1)}`;

function repair(live) {
  const body = JSON.stringify([
    { op: 'test', path: '/spec/template/spec/affinity', value: live ?? null },
    { op: 'add', path: '/spec/template/spec/affinity', value: wanted },
  ]);
  const headers = {
    authorization,
    'content-type': 'application/json-patch+json',
    'content-length': Buffer.byteLength(body),
  };
  const sent = request(new URL(path, server), { method: 'PATCH', agent, headers }, (response) => {
    response.resume();
  });
  sent.end(body);
}

function take(line) {
  const { object } = JSON.parse(line);
  const live = object.spec.template.spec.affinity;
  if (JSON.stringify(live) !== wantedText) repair(live);
}

request(
  new URL(`${path.slice(0, slash)}?${query}`, server),
  { agent, headers: { authorization } },
  (stream) => {
    console.log('watching');
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
    stream.on('end', () => process.exit(1));
  },
).end();
