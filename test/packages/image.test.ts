// The image, as the Dockerfile makes it: what it says of itself, what is in it, and that the operator out of it does its job.
// Its own root and its own user; the kubelet that would start it is not part of this.
import { chownSync, copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { programOf } from '../tools/tools.ts';
import { buildImage } from './support/image.ts';
import type { Image } from './support/image.ts';
import { ROOT, run, scratch } from './support/render.ts';

const USER = 65532;
const { dir, remove } = scratch();
let image: Image;

beforeAll(async () => {
  image = await buildImage(dir, { VERSION: '0.1.0-test', REVISION: 'abc' });
}, 600_000);

afterAll(async () => {
  await image?.remove();
  await remove();
}, 60_000);

it('hadolint finds nothing in the Dockerfile', async () => {
  const { code, stdout } = await run(await programOf('hadolint'), ['--no-color', join(ROOT, 'Dockerfile')]);
  expect([code, stdout]).toEqual([0, '']);
});

it('the base is named by its digest, and has the Node that the tests run on', () => {
  const [, version, digest] =
    /^ARG NODE_IMAGE=\S+:([\d.]+)-bookworm-slim@(sha256:[0-9a-f]{64})$/m.exec(
      readFileSync(join(ROOT, 'Dockerfile'), 'utf8'),
    ) ?? [];
  expect(digest).toBeDefined();
  expect(version).toBe(process.versions.node);
});

describe('the image', () => {
  it('starts Node and no shell, as a user without rights', () => {
    const { User, Entrypoint, WorkingDir, ExposedPorts } = image.config;
    expect(User).toBe(`${USER}:${USER}`);
    expect(Entrypoint).toEqual(['node', '--disable-warning=DEP0040', '/app/hybridnetwork-operator.mjs']);
    expect(WorkingDir).toBe('/app');
    expect(Object.keys(ExposedPorts).toSorted()).toEqual(['9494/tcp', '9495/tcp']);
  });

  it('says what it is', () => {
    expect(image.config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'hybridnetwork-operator',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': '0.1.0-test',
      'org.opencontainers.image.revision': 'abc',
    });
  });

  it('holds the bundles, their licences and nothing that its user could change', () => {
    const app = join(image.root, 'app');
    expect(readdirSync(app).toSorted()).toEqual([
      'LICENSE',
      'hn.mjs',
      'hn.mjs.LEGAL.txt',
      'hybridnetwork-operator.mjs',
      'hybridnetwork-operator.mjs.LEGAL.txt',
    ]);
    for (const name of readdirSync(app)) {
      const { uid, mode } = statSync(join(app, name));
      expect({ name, uid, othersMayWrite: (mode & 0o022) !== 0 }).toEqual({
        name,
        uid: 0,
        othersMayWrite: false,
      });
    }
    expect(readdirSync(image.root)).not.toContain('build');
  });
});

describe('the operator out of the image', () => {
  let cluster: HybridCluster;

  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.applyFile('test/fixtures');
  }, 120_000);

  afterAll(async () => {
    await cluster?.stop();
  }, 60_000);

  it('does the main job in the root of the image, as its user, and ends on SIGTERM', async () => {
    const { controlPlane } = cluster;
    const kubeconfig = join(image.root, 'tmp/kubeconfig');
    copyFileSync(
      await controlPlane.kubeconfigFor('hybridnetwork-system', 'hybridnetwork-operator'),
      kubeconfig,
    );
    chownSync(kubeconfig, USER, USER);
    const operator = await cluster.startOperator({
      node: ['chroot', `--userspec=${USER}:${USER}`, image.root, 'node'],
      program: '/app/hybridnetwork-operator.mjs',
      env: { KUBECONFIG: '/tmp/kubeconfig' },
    });
    await cluster.apply(networkOf({ scenario: 'BGP' }));
    await cluster.untilOn('k8s-app=calico-node', ['idc-1', 'idc-2', 'idc-3']);
    await cluster.untilOn('app=terway-eniip', ['ecs-1', 'ecs-2']);
    const { code, ms } = await operator.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
  }, 120_000);

  it('has the reader of the command line beside it', async () => {
    const { code, stdout } = await run('chroot', [
      ...[`--userspec=${USER}:${USER}`, image.root, 'node', '/app/hn.mjs', '--help'],
    ]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Usage:')]);
  });
});
