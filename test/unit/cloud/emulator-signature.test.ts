// The emulator's verifier against what Alibaba Cloud publishes.
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { INSTANCE_TYPES } from '../../alicloud/instance-types.ts';
import type { Account } from '../../alicloud/model.ts';
import { canonicalRequest, createVerifier } from '../../alicloud/signature.ts';
import type { SignedRequest } from '../../alicloud/signature.ts';

const EMPTY = createHash('sha256').update('').digest('hex');
const SIGNED = 'host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version';
/** "V3 request structure and signature", the example of RunInstances. */
const PUBLISHED = '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0';
const NOW = Date.parse('2023-10-26T10:22:40Z');

function example(part: Record<string, string> = {}): SignedRequest {
  return {
    method: 'POST',
    path: '/',
    query: new URLSearchParams({
      ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd',
      RegionId: 'cn-shanghai',
    }),
    headers: {
      host: 'ecs.cn-shanghai.aliyuncs.com',
      'x-acs-action': 'RunInstances',
      'x-acs-content-sha256': EMPTY,
      'x-acs-date': '2023-10-26T10:22:32Z',
      'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
      'x-acs-version': '2014-05-26',
      authorization: `ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=${SIGNED},Signature=${PUBLISHED}`,
      ...part,
    },
    body: Buffer.alloc(0),
  };
}

const ACCOUNTS: readonly Account[] = [
  { accessKeyId: 'YourAccessKeyId', accessKeySecret: 'YourAccessKeySecret', denied: new Set() },
];

function verdict(request: SignedRequest, now = NOW, accounts = ACCOUNTS): string {
  try {
    return createVerifier(() => now).verify(request, accounts).accessKeyId;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe('the verifier', () => {
  test('computes the signature that is published', () => {
    const hashed = createHash('sha256')
      .update(canonicalRequest(example(), SIGNED.split(';')))
      .digest('hex');
    const signature = createHmac('sha256', 'YourAccessKeySecret')
      .update(`ACS3-HMAC-SHA256\n${hashed}`)
      .digest('hex');
    expect(signature).toBe(PUBLISHED);
    expect(verdict(example())).toBe('YourAccessKeyId');
  });

  test('refuses whatever is not exactly that', () => {
    expect(verdict({ ...example(), method: 'GET' })).toBe('SignatureDoesNotMatch');
    expect(verdict(example({ 'x-acs-action': 'DeleteInstances' }))).toBe('SignatureDoesNotMatch');
    expect(verdict({ ...example(), body: Buffer.from('x') })).toBe('SignatureDoesNotMatch');
    expect(verdict(example({ 'x-acs-extra': '1' }))).toBe('IncompleteSignature');
    expect(verdict(example({ authorization: 'Bearer x' }))).toBe('IncompleteSignature');
    expect(verdict(example(), NOW + 16 * 60_000)).toBe('InvalidTimeStamp.Expired');
    expect(verdict(example(), NOW, [])).toBe('InvalidAccessKeyId.NotFound');
  });

  test('accepts a nonce once', () => {
    const verifier = createVerifier(() => NOW);
    verifier.verify(example(), ACCOUNTS);
    expect(() => verifier.verify(example(), ACCOUNTS)).toThrow(/nonce/);
  });
});

test('the emulator has at least twelve current instance types, with figures that can be', () => {
  expect(INSTANCE_TYPES.length).toBeGreaterThanOrEqual(12);
  expect(new Set(INSTANCE_TYPES.map(({ id }) => id)).size).toBe(INSTANCE_TYPES.length);
  for (const { enis, ipsPerEni, totalEnis, trunk } of INSTANCE_TYPES) {
    expect(enis).toBeGreaterThanOrEqual(2);
    expect(ipsPerEni).toBeGreaterThanOrEqual(6);
    expect(trunk ? totalEnis > enis : totalEnis === enis).toBe(true);
  }
});
