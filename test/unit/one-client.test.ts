// Two copies of @kubernetes/client-node would be two kinds of KubeConfig and two sets of known troubles.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import dotI from '@dot-i/k8s-operator';
import { expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';

const CLIENT = 'node_modules/@kubernetes/client-node';
const root = fileURLToPath(new URL('../..', import.meta.url));

function read(path: string): unknown {
  return JSON.parse(readFileSync(`${root}/${path}`, 'utf8'));
}

const { overrides } = read('package.json') as { overrides: Record<string, string> };
const version = overrides['@kubernetes/client-node'];

test('the lock file holds exactly one copy of the client, in the version that is forced', () => {
  const { packages } = read('package-lock.json') as { packages: Record<string, { version?: string }> };
  const copies = Object.entries(packages).filter(([path]) => path.endsWith(CLIENT));
  expect(copies).toEqual([[CLIENT, expect.objectContaining({ version })]]);
});

test('exactly that copy is installed', () => {
  expect(globSync(`node_modules/**/${CLIENT}/package.json`, { cwd: root })).toEqual([]);
  expect(read(`${CLIENT}/package.json`)).toMatchObject({ version });
});

test('the base class makes a KubeConfig of the very class that we import', () => {
  class Probe extends dotI.default {
    protected override async init(): Promise<void> {}
    get config(): KubeConfig {
      return this.kubeConfig;
    }
  }
  const before = process.env['KUBECONFIG'];
  process.env['KUBECONFIG'] = `${root}/test/support/kubeconfig.yaml`;
  try {
    expect(new Probe().config).toBeInstanceOf(KubeConfig);
  } finally {
    if (before === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = before;
  }
});
