import { describe, expect, test } from '@jest/globals';
import type { RawAnswer } from '../../../src/cloud/answer.ts';
import { bodyOf } from '../../../src/cloud/answer.ts';
import { CloudError, retryDelayMs } from '../../../src/cloud/trouble.ts';
import type { CloudTrouble } from '../../../src/plan/cloud-facts.ts';
import { identityOf } from '../../support/make-identity.ts';

const ACTION = 'DescribeVSwitches';
const REQUEST_ID = '857255BA-1CD3-5316-B18D-3F2BB982BA3B';
const identity = identityOf({
  accessKeyId: 'LTAI5tKey',
  accessKeySecret: 'TheSecret',
  securityToken: 'TheToken',
});

function troubleOf(answer: Partial<RawAnswer>): CloudTrouble {
  try {
    bodyOf({ action: ACTION, identity }, { status: 400, headers: {}, body: '', ...answer });
  } catch (error) {
    if (error instanceof CloudError) return error.trouble;
    throw error;
  }
  throw new Error('taken for a success');
}

function refusal(status: number, code: string, headers: RawAnswer['headers'] = {}): CloudTrouble {
  const body = JSON.stringify({ RequestId: REQUEST_ID, Code: code, Message: 'TheSecret LTAI5tKey' });
  return troubleOf({ status, headers, body });
}

describe('an answer', () => {
  test('that is a success is its body', () => {
    const answer = { status: 200, headers: {}, body: '{"TotalCount":1}' };
    expect(bodyOf({ action: ACTION }, answer)).toEqual({ TotalCount: 1 });
  });

  // Codes: clients of the API, its reference, and its SDKs; the same meaning comes with several spellings and statuses.
  test.each([
    ['Throttling', 400, 'Throttled'],
    ['Throttling.User', 429, 'Throttled'],
    ['Throttling.DeepPageSkip', 400, 'Throttled'],
    ['Forbidden.RAM', 403, 'Denied'],
    ['Forbidden.SubUser', 403, 'Denied'],
    ['Forbidden.Unauthorized', 403, 'Denied'],
    ['Forbidden', 403, 'Denied'],
    ['NoPermission', 403, 'Denied'],
    ['ImplicitDeny', 403, 'Denied'],
    ['InvalidAccessKeyId.NotFound', 404, 'InvalidCredentials'],
    ['InvalidAccessKeyId.NotFound', 400, 'InvalidCredentials'],
    ['InvalidAccessKeyId.Inactive', 403, 'InvalidCredentials'],
    ['Forbidden.AccessKeyDisabled', 403, 'InvalidCredentials'],
    ['SignatureDoesNotMatch', 400, 'InvalidCredentials'],
    ['IncompleteSignature', 400, 'InvalidCredentials'],
    ['InvalidSecurityToken.Expired', 400, 'InvalidCredentials'],
    ['InvalidSecurityToken.MismatchWithAccessKey', 400, 'InvalidCredentials'],
    ['MissingSecurityToken', 400, 'InvalidCredentials'],
    ['AuthenticationFail.OIDCToken.Expired', 400, 'InvalidCredentials'],
    ['InvalidTimeStamp.Expired', 400, 'ClockSkew'],
    ['IllegalTimestamp', 400, 'ClockSkew'],
    ['InvalidRegionId.NotFound', 404, 'Refused'],
    ['Forbidden.RegionId', 400, 'Refused'],
    ['Forbidden.VpcNotFound', 403, 'Refused'],
    ['InvalidVswitchID.NotFound', 404, 'Refused'],
    ['invalidvswitchid.notfound', 404, 'Refused'],
    ['InvalidInstanceId.Malformed', 400, 'Refused'],
    ['MissingParameter', 400, 'Refused'],
    ['InternalError', 500, 'Unreachable'],
    ['ServiceUnavailable', 503, 'Unreachable'],
    ['SignatureNonceUsed', 400, 'Unreachable'],
    ['SomethingNew', 400, 'Unreachable'],
    ['SomethingNew', 429, 'Throttled'],
  ])('with %s (%d) means %s', (code, status, reason) => {
    const trouble = refusal(status, code);
    expect(trouble).toMatchObject({ reason, code, action: ACTION });
    expect(trouble.failure.message).toContain(`${code} (HTTP ${status}, request ${REQUEST_ID})`);
  });

  test('is never repeated beyond its code and its request ID', () => {
    for (const code of ['Forbidden.RAM', 'LTAI5tKey', 'TheSecret', 'x'.repeat(500), '<b>', '']) {
      const { failure } = refusal(403, code);
      expect(failure.message).not.toMatch(/TheSecret|LTAI5tKey|TheToken|xxx|<b>/);
      expect(failure.message.length).toBeLessThan(200);
    }
  });

  test.each([
    [302, '', /HTTP 302 with an empty body/],
    [502, '<html>Bad Gateway</html>', /HTTP 502 with a body that is not JSON/],
    [200, '<html>Sign in</html>', /HTTP 200 with a body that is not JSON/],
    [200, '[]', /not JSON/],
    [200, 'null', /not JSON/],
    [200, '{"TotalCount":', /not JSON/],
  ])('of somebody else (%d %s) is none', (status, body, says) => {
    const trouble = troubleOf({ status, body });
    expect(trouble).toMatchObject({ reason: 'Unreachable', failure: { kind: 'Unexpected' } });
    expect(trouble.failure.message).toMatch(says);
  });

  test('that asks for patience is given at least what it asks for, and not days', () => {
    expect(retryDelayMs(refusal(400, 'Throttling'))).toBe(60_000);
    expect(retryDelayMs(refusal(400, 'Throttling', { 'x-acs-retry-after': '90000' }))).toBe(90_000);
    expect(retryDelayMs(refusal(400, 'Throttling', { 'x-acs-retry-after': '999999999999' }))).toBe(600_000);
    expect(retryDelayMs(refusal(400, 'Throttling', { 'x-acs-retry-after': 'soon' }))).toBe(60_000);
  });
});
