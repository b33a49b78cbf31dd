import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Go module that pins the control plane. */
export const moduleDir = fileURLToPath(new URL('gomod/', import.meta.url));

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

/** The versions that go.mod pins. */
export interface Pins {
  /** The oldest Go that builds the module, as `1.26.0`. */
  readonly go: string;
  readonly kubernetes: string;
}

export function readPins(): Pins {
  const text = readFileSync(join(moduleDir, 'go.mod'), 'utf8');
  const find = (pattern: RegExp): string => {
    const version = pattern.exec(text)?.[1];
    if (version === undefined) throw new Error(`test/cluster/gomod/go.mod: nothing matches ${pattern}`);
    return version;
  };
  return {
    go: find(/^go (\S+)$/m),
    kubernetes: find(/^\s*k8s\.io\/kubernetes (v\S+)/m),
  };
}

/** Where built binaries are kept: a place of its own for each state of the pins, system and processor. */
export function cacheDir(): string {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleDir, name)));
  const key = `${hash.digest('hex').slice(0, 16)}-${process.platform}-${process.arch}`;
  return join(userCacheDir(), 'control-plane', key);
}

export function userCacheDir(): string {
  const base = process.env.XDG_CACHE_HOME ?? '';
  // The XDG specification says to ignore a relative path.
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'hybridnetwork-operator');
}

/** The linker flags that make Kubernetes say which version it is, instead of v0.0.0-master; the others know theirs. */
export function linkerFlags(pins: Pins): string {
  const [major, minor] = pins.kubernetes.slice(1).split('.');
  const stamps = {
    gitVersion: pins.kubernetes,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: '',
    gitTreeState: 'clean',
  };
  const kubernetes = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((target) =>
    Object.entries(stamps).map(([key, value]) => `-X ${target}.${key}=${value}`),
  );
  return ['-s', '-w', ...kubernetes].join(' ');
}
