import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { isRegionId, originOf, REGIONS_WITH_OWN_HOSTS } from '../../../src/cloud/endpoint.ts';
import { bypassesProxy } from '../../../src/cloud/proxy.ts';

/** The hosts that the official client has for regions that do not follow its rule. */
function hostsOfSdk(name: string): ReadonlyMap<string, string> {
  const source = readFileSync(
    new URL(`../../../node_modules/${name}/dist/client.js`, import.meta.url),
    'utf8',
  );
  const [, map = ''] = /this\._endpointMap = \{([^}]*)\}/.exec(source) ?? [];
  return new Map(
    [...map.matchAll(/'([^']+)': "([^"]+)"/g)].map(([, region = '', host = '']) => [region, host]),
  );
}

describe('the host', () => {
  test.each([
    ['ecs', '@alicloud/ecs20140526'],
    ['vpc', '@alicloud/vpc20160428'],
  ] as const)('of %s is that of the official client', (product, name) => {
    const official = hostsOfSdk(name);
    expect(official.size).toBeGreaterThan(20);
    for (const region of [
      ...REGIONS_WITH_OWN_HOSTS,
      'cn-beijing',
      'ap-southeast-1',
      'eu-central-1',
      'cn-wulanchabu',
    ]) {
      const host = official.get(region) ?? `${product}.${region}.aliyuncs.com`;
      expect(originOf(product, region)).toBe(`https://${host}`);
    }
  });

  test('is another one only by an option of the process', () => {
    expect(originOf('vpc', 'cn-hangzhou', 'http://127.0.0.1:8787/path')).toBe('http://127.0.0.1:8787');
    expect(originOf('sts', 'cn-hangzhou')).toBe('https://sts.cn-hangzhou.aliyuncs.com');
  });

  test.each(['cn-hangzhou', 'ap-southeast-1', 'cn-shanghai-finance-1', 'us-east-1'])(
    'takes %s for a region',
    (region) => {
      expect(isRegionId(region)).toBe(true);
    },
  );

  test.each([
    '',
    'cn',
    'CN-HANGZHOU',
    'cn-hangzhou.evil.example',
    'cn-hangzhou/',
    'cn-hang zhou',
    'cn-\n',
    'a@b-c',
    `cn-${'x'.repeat(40)}`,
  ])('does not take %j for one', (region) => {
    expect(isRegionId(region)).toBe(false);
  });
});

describe('the proxy', () => {
  test.each([
    ['https://ecs.aliyuncs.com', '', false],
    ['https://ecs.aliyuncs.com', 'example.com', false],
    ['https://ecs.aliyuncs.com', 'aliyuncs.com', true],
    ['https://ecs.aliyuncs.com', '.aliyuncs.com', true],
    ['https://ecs.aliyuncs.com', '*.ALIYUNCS.com', true],
    ['https://ecs.notaliyuncs.com', 'aliyuncs.com', false],
    ['https://ecs.aliyuncs.com', 'ecs.aliyuncs.com:443', true],
    ['https://ecs.aliyuncs.com', 'ecs.aliyuncs.com:80', false],
    ['http://10.0.0.1:8787', '10.0.0.1', true],
    ['https://ecs.aliyuncs.com', ' one.example , *', true],
    ['http://100.100.100.200', '', true],
  ])('for %s with NO_PROXY %j is left out: %s', (origin, noProxy, isLeftOut) => {
    expect(bypassesProxy(origin, noProxy)).toBe(isLeftOut);
  });
});
