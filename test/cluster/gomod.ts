import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A Go module of this repository whose programs the tests run, built by Go into a cache outside the repository. */
export interface GoModule {
  readonly dir: string;
  /** What it is for, in messages and as the name of its folder in the cache. */
  readonly name: string;
  /** What each program is built from. */
  readonly packages: Readonly<Record<string, string>>;
  /** The files that decide what is built. */
  readonly sources: readonly string[];
  readonly linkerFlags: string;
  /** What to do where there is no Go. */
  readonly otherwise?: string;
}

const moduleDir = fileURLToPath(new URL('gomod/', import.meta.url));

/** What each binary is built from. */
export const packages = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
} as const;

export type BinaryName = keyof typeof packages;
export const binaryNames = Object.keys(packages) as BinaryName[];

/** The Go module that pins the control plane. */
export function controlPlaneModule(): GoModule {
  return {
    dir: moduleDir,
    name: 'control-plane',
    packages,
    sources: ['go.mod', 'go.sum'],
    linkerFlags: kubernetesLinkerFlags(pin(moduleDir, /^\s*k8s\.io\/kubernetes (v\S+)/m)),
    otherwise: `set KUBEBUILDER_ASSETS to a directory that holds ${binaryNames.join(', ')}`,
  };
}

/** The oldest Go that builds the module, as `1.26.0`. */
export function goVersionOf({ dir }: GoModule): string {
  return pin(dir, /^go (\S+)$/m);
}

function pin(dir: string, pattern: RegExp): string {
  const path = join(dir, 'go.mod');
  const version = pattern.exec(readFileSync(path, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${path}: nothing matches ${pattern}`);
  return version;
}

/** Where built programs are kept: a place of its own for each state of the sources, system and processor. */
export function cacheDir({ dir, name, sources }: GoModule): string {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(join(dir, source)));
  const key = `${hash.digest('hex').slice(0, 16)}-${process.platform}-${process.arch}`;
  return join(userCacheDir(), name, key);
}

export function userCacheDir(): string {
  const base = process.env.XDG_CACHE_HOME ?? '';
  // The XDG specification says to ignore a relative path.
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'hybridnetwork-operator');
}

/** The linker flags that make Kubernetes say which version it is, instead of v0.0.0-master; the others know theirs. */
export function kubernetesLinkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split('.');
  const stamps = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: '',
    gitTreeState: 'clean',
  };
  const flags = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((target) =>
    Object.entries(stamps).map(([key, value]) => `-X ${target}.${key}=${value}`),
  );
  return ['-s', '-w', ...flags].join(' ');
}
