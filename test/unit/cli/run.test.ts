// The reader from a command line to what it prints, without a cluster. With one: test/integration/cli.test.ts.
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { CloudAnswer } from '../../../src/cli/ask-cloud.ts';
import { run } from '../../../src/cli/run.ts';
import type { Surroundings } from '../../../src/cli/run.ts';
import { CHECKS } from '../../../src/plan/checks/index.ts';
import type { CloudFacts } from '../../../src/plan/cloud-facts.ts';
import { cloud, told, toldOnce, vpc } from '../../support/make-check-facts.ts';
import { NOW } from '../../support/make-facts.ts';

const OBJECT = `apiVersion: hybrid.alibabacloud.com/v1alpha1
kind: HybridNetwork
metadata: {name: idc}
spec:
  scenario: BGP
  onPremises: {podCIDRs: [10.100.0.0/16], nodeCIDRs: [192.168.0.0/24]}
  terway:
    eniConfig:
      vSwitches: {cn-hangzhou-h: [vsw-pods]}
      securityGroupIDs: [sg-a]
      serviceCIDR: 172.21.0.0/20
`;

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function hn(
  line: string,
  changes: Partial<Surroundings> & { readonly object?: string } = {},
): Promise<Said> {
  const said = { out: '', err: '' };
  const code = await run({
    argv: line.split(' '),
    env: {},
    stdin: Readable.from([changes.object ?? OBJECT]),
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    now: NOW,
    ...changes,
  });
  return { code, ...said };
}

function answer(changes: Partial<CloudFacts>): CloudAnswer {
  return { cloud: cloud(changes), asker: 'Environment' };
}

describe('hn check -f', () => {
  test('prints a row for each check, and what they came to', async () => {
    const { code, out, err } = await hn('check -f -');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head = '', columns = '', ...rows] = out.trimEnd().split('\n');
    expect(head).toBe('HybridNetwork idc (no cluster read, cloud not asked)');
    expect(columns).toMatch(/^ID +STATE +SEVERITY +CHECK$/);
    expect(rows.map((row) => row.slice(0, 3)).slice(0, -1)).toEqual(CHECKS.map(({ id }) => id));
    expect(out).toMatch(/^C04 +passed +The Service CIDR and the on-premises nodes and pods are apart\.$/m);
    expect(rows.at(-1)).toMatch(/^3 passed, 0 failed, \d+ not checked, \d+ not applicable, 0 skipped$/);
  });

  test('exits with 1 where a check of severity error fails, and prints the remedy below it', async () => {
    const { code, out } = await hn('check -f -', {
      askCloud: async () => await Promise.resolve(answer({ vSwitches: told(new Map()) })),
    });
    expect(code).toBe(1);
    expect(out).toMatch(
      /^C10 +FAILED +error +Every vSwitch of eni_conf exists and is available: no\. The VPC has no/m,
    );
    expect(out).toMatch(/^ {10,}Remedy: Correct spec\.terway\.eniConfig\.vSwitches/m);
  });

  test('exits with 0 where nothing worse than a warning fails, or the error is skipped', async () => {
    const askCloud = async () => await Promise.resolve(answer({ vpc: told(vpc({ cidr: '10.0.0.0/8' })) }));
    const { code, out } = await hn('check -f - --skip C82', { askCloud });
    expect(code).toBe(0);
    expect(out).toMatch(/^C06 +FAILED +warning/m);
    expect(out).toMatch(/^C82 +skipped/m);
  });

  test('says how old an answer of the cloud is that cannot be asked for again', async () => {
    const old = toldOnce(vpc(), '2026-02-28T00:00:00Z');
    const askCloud = async () => await Promise.resolve(answer({ vpc: old }));
    const { out } = await hn('check -f -', { askCloud });
    expect(out).toMatch(/^ {10,}As the cloud said at 2026-02-28T00:00:00Z: it cannot be asked now\.$/m);
    expect((await hn('check -f - -o json', { askCloud })).out).toContain('"asOf": "2026-02-28T00:00:00Z"');
  });

  test('prints JSON for a program', async () => {
    const { out } = await hn('check -f - -o json');
    const { networks } = JSON.parse(out) as {
      readonly networks: readonly {
        readonly network: string;
        readonly checks: readonly { readonly id: string }[];
      }[];
    };
    expect(networks).toMatchObject([{ network: 'idc', cluster: false, cloud: false, counts: { failed: 0 } }]);
    expect(networks[0]?.checks[0]).toEqual({
      id: 'C01',
      state: 'unchecked',
      severity: 'error',
      title: 'The Service CIDR and the pod vSwitches are apart',
      why: 'The cloud was not asked.',
    });
  });

  test.each([
    ['check -f /nowhere/x.yaml', '/nowhere/x.yaml cannot be read (ENOENT).'],
    ['check other -f -', 'The standard input holds no HybridNetwork other.'],
    ['check -f - --skip C99', 'There is no check C99.'],
    ['check -f - -o xml', '--output must be table or json, not xml.\nSee --help.'],
  ])('%s exits with 2: %s', async (line, message) => {
    expect(await hn(line)).toEqual({ code: 2, out: '', err: `${message}\n` });
  });

  test('an object that is not valid exits with 2 and says what to write', async () => {
    const { code, out, err } = await hn('check -f -', { object: OBJECT.replace('BGP', 'bgp') });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('spec.scenario: must be one of Overlay, BGP, HostNetwork, not "bgp"');
  });
});

describe('hn plan -f', () => {
  test('prints what would be done in a cluster without workloads', async () => {
    const { code, out } = await hn('plan -f -');
    expect(code).toBe(0);
    expect(out).toContain('HybridNetwork idc (enforce, no cluster read: as in one without workloads)');
    expect(out).toMatch(/^TerwayPlaced +failed +DaemonSetNotFound/m);
    expect(out).toMatch(/^WriteConfigMap +ConfigMap\/kube-system\/eni-config +now/m);
  });

  test('withholds everything from a network that only observes', async () => {
    const { out } = await hn('plan -f - -o json', { object: `${OBJECT}  enforcement: Observe\n` });
    expect(JSON.parse(out)).toMatchObject({
      networks: [
        { network: 'idc', mode: 'observe', actions: [{ action: 'WriteConfigMap', when: 'withheld' }] },
      ],
    });
  });
});
