import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { schemaOf, walk } from '../../.tools/generate-api-types.ts';
import { API_VERSION, type HybridNetwork, KIND, PLURAL } from '../../src/api/hybrid-network.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { badSpecs, eniConfig } from '../support/bad-specs.ts';
import { untilEstablished } from '../support/established.ts';

const path = `/apis/${API_VERSION}/${PLURAL}`;
const samples = readdirSync('deploy/samples').map((file) => `deploy/samples/${file}`);

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({
    name: 'crd',
    without: ['kube-controller-manager', 'kube-scheduler', 'kwok'],
  });
  await plane.mustKubectl(['apply', '-k', 'crds']);
  await untilEstablished(plane);
}, 600_000);

afterAll(async () => {
  await plane?.stop();
});

beforeEach(async () => {
  await plane.mustKubectl(['delete', PLURAL, '--all']);
});

function hybridNetwork(spec: Record<string, unknown>, name = 'idc'): Record<string, unknown> {
  return { apiVersion: API_VERSION, kind: KIND, metadata: { name }, spec: { scenario: 'BGP', ...spec } };
}

async function create(spec: Record<string, unknown>): Promise<HybridNetwork> {
  return (await plane.api.call('POST', path, hybridNetwork(spec))) as HybridNetwork;
}

async function patch(body: unknown, subresource = ''): Promise<HybridNetwork> {
  const contentType = 'application/merge-patch+json';
  return (await plane.api.call('PATCH', `${path}/idc${subresource}`, body, { contentType })) as HybridNetwork;
}

/** What the API server says about a spec as `kubectl` would send it; `undefined` if it accepts it. */
async function refusalOf(spec: Record<string, unknown>): Promise<string | undefined> {
  const { status, body } = await plane.api.request(
    'POST',
    `${path}?dryRun=All&fieldValidation=Strict`,
    hybridNetwork(spec),
  );
  return status === 201 ? undefined : String((body as { message: unknown }).message);
}

describe('the samples', () => {
  it('are one for each scenario', () => {
    const scenarios = samples.map(
      (file) => (parse(readFileSync(file, 'utf8')) as HybridNetwork).spec.scenario,
    );
    expect(scenarios.toSorted()).toEqual(['BGP', 'HostNetwork', 'Overlay']);
  });

  it.each(samples)('%s is accepted, and applying it again changes nothing', async (file) => {
    expect(await plane.mustKubectl(['apply', '--dry-run=server', '-f', file])).toContain(
      'created (server dry run)',
    );
    expect(await plane.mustKubectl(['apply', '-f', file])).toContain('created');
    expect(await plane.mustKubectl(['apply', '-f', file])).toContain('unchanged');
    await plane.mustKubectl(['diff', '-f', file]);
  });

  it.each(samples)('%s is accepted by server-side apply', async (file) => {
    const apply = ['apply', '--server-side', '-f', file];
    expect(await plane.mustKubectl(apply)).toContain('serverside-applied');
    expect(await plane.mustKubectl(apply)).toContain('serverside-applied');
  });
});

describe('a bad spec is refused with the remedy', () => {
  it.each(Object.entries(badSpecs))('%s', async (_sentence, { spec, message }) => {
    expect(await refusalOf(spec)).toContain(message);
  });

  it('although the same fields are accepted where they make sense', async () => {
    const csiNodeDriver = { kind: 'DaemonSet', namespace: 'calico-system', name: 'csi-node-driver' };
    const good: Record<string, unknown>[] = [
      {
        scenario: 'Overlay',
        terway: { eniConfig, datapath: 'Veth' },
        credentials: { secretRef: { name: 'a' } },
      },
      { scenario: 'HostNetwork', onPremises: { cni: { type: 'None' } } },
      { onPremises: { cni: { type: 'Calico', exceptCompanions: [csiNodeDriver] } } },
      { onPremises: { cni: { type: 'None' }, workloads: [csiNodeDriver] } },
      { credentials: { inENIConfig: 'Always' } },
      { terway: { eniConfig: { ...eniConfig, eniTags: { 'ack.aliyun.com': 'c1', 部门: '网络' } } } },
      {
        terway: { eniConfig: { ...eniConfig, minPoolSize: 5, maxPoolSize: 5 } },
        cloud: { regionID: 'cn-hangzhou' },
      },
      {
        terway: { eniConfig: { ...eniConfig, vSwitches: { 'ap-southeast-1a': ['vsw-1'] } } },
        cloud: { regionID: 'ap-southeast-1' },
      },
      {
        terway: { eniConfig: { vSwitchIDs: ['vsw-bp1h'], securityGroupIDs: ['sg-bp1a'] } },
        cloud: { regionID: 'cn-hangzhou', vpcID: 'vpc-bp1a', maxNodes: 100, skipChecks: ['C15', 'C17'] },
      },
      { cloud: { regionID: 'cn-hangzhou', validation: 'Enforce' } },
      { cloud: { validation: 'Disabled' } },
    ];
    expect(await Promise.all(good.map(refusalOf))).toEqual(good.map(() => undefined));
  });

  it('although several label selectors may look at one namespace', async () => {
    const workload = { kind: 'DaemonSet', namespace: 'monitoring' };
    const workloads = ['a', 'b'].map((app) => ({ ...workload, labelSelector: { matchLabels: { app } } }));
    expect(await refusalOf({ onPremises: { workloads } })).toBeUndefined();
  });

  it('also when it comes by a change', async () => {
    await create({});
    const answer = await plane.kubectl([
      'patch',
      'hn',
      'idc',
      '--type=merge',
      '-p',
      '{"spec":{"approveAbove":-1}}',
    ]);
    expect(answer.stderr).toContain('should be greater than or equal to 0');
  });
});

describe('a new HybridNetwork', () => {
  it('gets a default for everything but the scenario', async () => {
    expect((await create({})).spec).toEqual({
      scenario: 'BGP',
      enforcement: 'Enforce',
      suspend: false,
      deletionPolicy: 'Retain',
      approveAbove: 10,
      onPremises: { cni: { type: 'Auto' }, updateStrategy: 'RollingUpdate', excludeVirtualNodes: true },
      terway: { daemonSet: { name: 'terway-eniip' }, restartOnChange: true },
      credentials: { inENIConfig: 'Auto' },
      cloud: {},
    });
  });

  it('gets the same defaults where a part is given as null', async () => {
    const { spec } = await create({ onPremises: null, terway: null, credentials: null, cloud: null });
    expect(spec).toMatchObject({
      onPremises: { cni: { type: 'Auto' } },
      terway: { daemonSet: { name: 'terway-eniip' }, restartOnChange: true },
    });
  });

  it('says that it waits for the operator, whatever status was sent along', async () => {
    const waiting = {
      conditions: [
        {
          type: 'Ready',
          status: 'Unknown',
          reason: 'Pending',
          message: 'Waiting for the operator',
          lastTransitionTime: '1970-01-01T00:00:00Z',
        },
      ],
    };
    const sent = { ...hybridNetwork({}), status: { misplacedPods: 7 } };
    expect(((await plane.api.call('POST', path, sent)) as HybridNetwork).status).toEqual(waiting);
  });
});

describe('the status', () => {
  const lastTransitionTime = '2024-06-01T12:00:00Z';
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'AllHeld',
    message: 'All is held',
    lastTransitionTime,
  };
  const full = {
    observedGeneration: 1,
    conditions: [{ ...ready, observedGeneration: 1 }],
    nodes: { cloud: 3, onPremises: 4, virtual: 1 },
    misplacedPods: 0,
    plan: {
      hash: 'a1b2c3',
      actions: [
        {
          action: 'KeepOffCloud',
          target: { kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node' },
          why: 'calico-node may run on cloud nodes',
          podsRestarted: 4,
          podsEvicted: 3,
          widens: false,
          waitsFor: 'Approval',
        },
      ],
    },
    workloads: [
      {
        kind: 'DaemonSet',
        namespace: 'kube-system',
        name: 'calico-node',
        manager: 'Helm',
        state: 'Waiting',
        message: 'x',
      },
    ],
  };

  it('keeps every field that the operator writes', async () => {
    await create({});
    expect((await patch({ status: full }, '/status')).status).toEqual(full);
  });

  it('is written through its own door only', async () => {
    await create({});
    expect((await patch({ status: full })).status?.nodes).toBeUndefined();
    const changed = await patch({ spec: { suspend: true }, status: full }, '/status');
    expect(changed).toMatchObject({ metadata: { generation: 1 }, spec: { suspend: false }, status: full });
  });

  it('stands in the columns of kubectl get', async () => {
    await create({});
    expect(await plane.mustKubectl(['get', 'hn'])).toMatch(
      /^NAME +SCENARIO +READY +CLOUD +ON-PREM +MISPLACED +FREE-IPS +AGE\nidc +BGP +Unknown +\d+s\n$/,
    );
    await patch({ status: full }, '/status');
    expect(await plane.mustKubectl(['get', 'hybrid'])).toMatch(/\nidc +BGP +True +3 +4 +0 +\d+s\n$/);
    expect(await plane.mustKubectl(['get', 'networking', '-o', 'wide'])).toMatch(
      /MISPLACED +FREE-IPS +AGE +POD-CAPACITY +MESSAGE\nidc +BGP +True +3 +4 +0 +\d+s +All is held\n$/,
    );
  });

  it('can be waited for', async () => {
    await create({});
    await patch({ status: full }, '/status');
    expect(await plane.mustKubectl(['wait', '--for=condition=Ready', 'hn/idc', '--timeout=5s'])).toContain(
      'condition met',
    );
  });
});

describe('kubectl explain', () => {
  const schemas = schemaOf(readFileSync('crds/hybridnetworks.yaml', 'utf8'));
  const descriptions = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    // Neither a list nor a map has a path of its own for what is in it.
    walk(name, schema, (field, { description = '' }) => {
      if (!field.endsWith('[]') && !field.endsWith('{}'))
        descriptions.set(field.replaceAll(/\[\]|\{\}/g, ''), description);
    });
  }

  it('has a text for every field', async () => {
    const fields = [...descriptions.keys()];
    const texts = new Map<string, string>();
    // A few at a time: every call is a process.
    while (fields.length > 0) {
      const batch = fields.splice(0, 8);
      const answers = await Promise.all(
        batch.map((field) => plane.mustKubectl(['explain', `${PLURAL}.${field}`])),
      );
      batch.forEach((field, n) => texts.set(field, answers[n]?.replaceAll(/\s+/g, ' ') ?? ''));
    }
    const missing = [...descriptions].filter(
      ([field, description]) => !texts.get(field)?.includes(description.replaceAll(/\s+/g, ' ').trim()),
    );
    expect(missing).toEqual([]);
    expect(descriptions.size).toBeGreaterThan(60);
  }, 60_000);
});
