// What openapi-core signs for us, against the emulator's own verifier, for whatever may stand in a parameter.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { describeInstances, describeInstanceTypes } from '../../../src/cloud/api.ts';
import type { HttpRequest } from '../../../src/cloud/exchange.ts';
import { callSdk } from '../../../src/cloud/sdk.ts';
import { createVerifier } from '../../alicloud/signature.ts';
import type { SignedRequest } from '../../alicloud/signature.ts';
import { identityOf } from '../../support/make-identity.ts';

const ORIGIN = 'https://ecs.cn-beijing.aliyuncs.com';
const key = { accessKeyId: 'LTAI5tKey', accessKeySecret: 'TheSecret' };

async function signed(
  instanceName: string,
  tags: readonly string[],
  securityToken?: string,
): Promise<HttpRequest> {
  const identity = identityOf({ ...key, ...(securityToken === undefined ? {} : { securityToken }) });
  let sent: HttpRequest | undefined;
  const send = async (sign: () => HttpRequest): Promise<Record<string, unknown>> => {
    sent = sign();
    return { Instances: { Instance: [] } };
  };
  const tag = tags.map((value) => ({ key: 'k', value }));
  const query = { regionId: 'cn-beijing', instanceName, tag: tag as never };
  await callSdk(describeInstances, query, { origin: ORIGIN, identity, send });
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}

function received({ path, method, headers }: HttpRequest): SignedRequest {
  const url = new URL(path, ORIGIN);
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: { ...headers },
    body: Buffer.alloc(0),
  };
}

test('every request is signed so that the cloud computes the same', async () => {
  const verifier = createVerifier(() => Date.now());
  const account = { ...key, denied: new Set<string>() };
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 12 }),
      async (name, tags) => {
        const request = await signed(name, tags);
        expect(verifier.verify(received(request), [account])).toBe(account);
        expect(request.headers['host']).toBe('ecs.cn-beijing.aliyuncs.com');
      },
    ),
    { numRuns: 300 },
  );
});

test('a session signs with its token, and the secret goes nowhere', async () => {
  const request = await signed('x', [], 'TheToken');
  const account = { ...key, securityToken: 'TheToken', denied: new Set<string>() };
  expect(createVerifier(() => Date.now()).verify(received(request), [account])).toBe(account);
  expect(JSON.stringify(request)).not.toContain(key.accessKeySecret);
});

test('a request that is sent again is signed again', async () => {
  const nonces: (string | undefined)[] = [];
  const send = async (sign: () => HttpRequest): Promise<Record<string, unknown>> => {
    for (let tries = 0; tries < 2; tries += 1) nonces.push(sign().headers['x-acs-signature-nonce']);
    return { InstanceTypes: { InstanceType: [{ InstanceTypeId: 'ecs.g7.large', EniQuantity: '3' }] } };
  };
  const call = { origin: ORIGIN, identity: identityOf(key), send };
  const body = await callSdk(describeInstanceTypes, { instanceTypes: ['ecs.g7.large'] }, call);
  expect(new Set(nonces).size).toBe(2);
  expect(body.instanceTypes?.instanceType?.[0]).toMatchObject({
    instanceTypeId: 'ecs.g7.large',
    eniQuantity: 3,
  });
});
