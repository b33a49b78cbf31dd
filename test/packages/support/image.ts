// The Dockerfile built without Docker and without a registry: by buildah, on a base of our own that it is given in place of the
// one that it names. That base is Debian's smallest system with the Node of the tests and the npm of this machine, as
// docker.io/library/node:24.21.0-bookworm-slim is.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { must, ROOT } from './render.ts';

/** Given to the Dockerfile: no registry is asked for the one that it names itself. */
const BASE = 'localhost/node:test';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

type Buildah = (args: readonly string[]) => Promise<string>;

/** What the image says of itself (the OCI image configuration). */
export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
}

export interface Image {
  /** Where its files lie. */
  readonly root: string;
  readonly config: ImageConfig;
  /** Of all its files. */
  readonly bytes: number;
  /** Of the files that are not those of the base. */
  readonly ownBytes: number;
  /** Writes the image, under that name, as an archive that containerd and Docker read. */
  archive(path: string, name: string): Promise<void>;
  /** Writes an image of one program that does nothing but sleep, under that name. */
  archiveSleeper(path: string, name: string): Promise<void>;
  remove(): Promise<void>;
}

/** buildah with a storage of its own below `dir`, so that nothing stays on the machine. */
function buildahIn(dir: string): Buildah {
  const storage = ['--root', join(dir, 'storage'), '--runroot', join(dir, 'run'), '--storage-driver', 'vfs'];
  // It keeps caches of builds beside temporary files.
  return async (args) => (await must('buildah', [...storage, ...args], { TMPDIR: dir })).trim();
}

/** A tar of the smallest Debian, kept for the next run: making it takes half a minute. */
async function smallestDebian(): Promise<string> {
  const dir = join(homedir(), '.cache', 'hybridnetwork-operator', 'image-base');
  const path = join(dir, 'bookworm-minbase.tar');
  if (existsSync(path)) return path;
  mkdirSync(dir, { recursive: true });
  const made = join(dir, `${process.pid}.tar`);
  await must('mmdebstrap', ['--quiet', '--variant=minbase', '--include=libstdc++6', 'bookworm', made]);
  renameSync(made, path);
  return path;
}

async function makeBase(buildah: Buildah): Promise<void> {
  const container = await buildah(['from', 'scratch']);
  await buildah(['add', '--quiet', container, await smallestDebian(), '/']);
  const node = join(ROOT, 'node_modules/node/bin/node');
  await buildah(['copy', '--quiet', container, node, '/usr/local/bin/node']);
  const npm = join((await must('npm', ['root', '--global'])).trim(), 'npm');
  await buildah(['copy', '--quiet', container, npm, '/usr/local/lib/node_modules/npm']);
  const root = await buildah(['mount', container]);
  writeFileSync(
    join(root, 'usr/local/bin/npm'),
    '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n',
    { mode: 0o755 },
  );
  await buildah(['umount', container]);
  await buildah(['commit', '--quiet', container, BASE]);
  await buildah(['rm', container]);
}

/** Of Debian's busybox-static. */
async function archiveSleeper(buildah: Buildah, path: string, name: string): Promise<void> {
  const container = await buildah(['from', 'scratch']);
  await buildah(['copy', '--quiet', container, '/bin/busybox', '/bin/busybox']);
  await buildah(['config', '--entrypoint', '["/bin/busybox", "sleep", "1000000"]', container]);
  await buildah(['commit', '--quiet', container, name]);
  await buildah(['rm', container]);
  await buildah(['push', '--quiet', name, `docker-archive:${path}:${name}`]);
}

/** npm inside of the build asks whom npm on this machine asks. */
async function npmSettings(dir: string): Promise<readonly string[]> {
  const files = await Promise.all(
    ['userconfig', 'globalconfig'].map(async (which) => (await must('npm', ['config', 'get', which])).trim()),
  );
  const settings = files.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'));
  const certificates = existsSync(CERTIFICATES) ? [`cafile=${CERTIFICATES}`] : [];
  const own = join(dir, 'npmrc');
  writeFileSync(own, [...settings, ...certificates].join('\n'), { mode: 0o600 });
  const volumes = [`${own}:/root/.npmrc:ro`];
  if (certificates.length > 0) volumes.push(`${CERTIFICATES}:${CERTIFICATES}:ro`);
  return volumes.flatMap((volume) => ['--volume', volume]);
}

/** Builds the Dockerfile as it is, of the project as it is. Everything lies in `dir`. */
export async function buildImage(dir: string, args: Readonly<Record<string, string>> = {}): Promise<Image> {
  if (process.getuid?.() !== 0)
    throw new Error('The test of the image needs root: it builds by chroot and starts the operator in one.');
  const buildah = buildahIn(dir);
  await makeBase(buildah);
  const buildArgs = Object.entries({ NODE_IMAGE: BASE, ...args }).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ]);
  await buildah([
    ...['build', '--quiet', '--isolation', 'chroot', '--pull-never', '--file', join(ROOT, 'Dockerfile')],
    ...[...(await npmSettings(dir)), ...buildArgs, '--tag', 'hybridnetwork-operator:test', ROOT],
  ]);
  const inspected = JSON.parse(
    await buildah(['inspect', '--type', 'image', 'hybridnetwork-operator:test']),
  ) as {
    readonly OCIv1: { readonly config: ImageConfig };
  };
  const container = await buildah(['from', 'hybridnetwork-operator:test']);
  const root = await buildah(['mount', container]);
  const bytesIn = async (path: string): Promise<number> =>
    Number((await must('du', ['--summarize', '--bytes', path])).split('\t')[0]);
  return {
    root,
    config: inspected.OCIv1.config,
    bytes: await bytesIn(root),
    ownBytes: await bytesIn(join(root, 'app')),
    archive: async (path, name) => {
      await buildah(['push', '--quiet', 'hybridnetwork-operator:test', `docker-archive:${path}:${name}`]);
    },
    archiveSleeper: async (path, name) => await archiveSleeper(buildah, path, name),
    remove: async () => {
      await buildah(['umount', '--all']);
      await buildah(['rm', '--all']);
      await buildah(['rmi', '--all', '--force']);
    },
  };
}
