// What an answer of the API means: a body, or a trouble by the cloud's error code. Codes are compared without regard to
// case, since spellings differ between products and years, and they count before the HTTP status, on which the
// documentation of the products does not agree.
import type { CloudTroubleReason } from '../plan/cloud-facts.ts';
import type { CloudIdentity } from './identity.ts';
import { withoutIdentity } from './identity.ts';
import { troubleWith } from './trouble.ts';
import type { CloudError } from './trouble.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Asked {
  readonly action: string;
  readonly identity?: CloudIdentity;
}

/** The body of an answer that is a success; throws a CloudError for any other. */
export function bodyOf(asked: Asked, answer: RawAnswer): Record<string, unknown> {
  const body = parseObject(answer.body);
  if (body === undefined) throw unreadable(asked, answer);
  if (answer.status >= 200 && answer.status < 300) return body;
  throw fromCode(asked, answer, body);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A page of a proxy, a redirect, an empty body: somebody else than the API has answered. */
function unreadable({ action }: Asked, { status, body }: RawAnswer): CloudError {
  const what = body.trim() === '' ? 'an empty body' : 'a body that is not JSON';
  return troubleWith({ reason: 'Unreachable', action, detail: `HTTP ${status} with ${what}` });
}

function fromCode(asked: Asked, answer: RawAnswer, body: Record<string, unknown>): CloudError {
  const code = codeIn(body, asked.identity);
  const requestId = requestIdIn(body);
  const named = code ?? 'no error code';
  return troubleWith({
    reason: reasonOf(code ?? '', answer.status),
    action: asked.action,
    detail: `${named} (HTTP ${answer.status}${requestId === undefined ? '' : `, request ${requestId}`})`,
    code,
    retryAfterMs: retryAfterMs(answer.headers),
  });
}

/** `Forbidden.RAM`; anything that does not look like a code is not repeated. */
function codeIn(body: Record<string, unknown>, identity: CloudIdentity | undefined): string | undefined {
  const code = body['Code'] ?? body['code'];
  if (typeof code !== 'string' || !/^[A-Za-z][A-Za-z0-9_.-]{0,79}$/.test(code)) return undefined;
  return withoutIdentity(code, identity) === code ? code : undefined;
}

function requestIdIn(body: Record<string, unknown>): string | undefined {
  const id = body['RequestId'] ?? body['requestId'];
  return typeof id === 'string' && /^[0-9A-Fa-f-]{16,40}$/.test(id) ? id : undefined;
}

// In order: the first that matches decides. Forbidden.VpcNotFound and Forbidden.RegionId are no denials.
const REASONS: readonly (readonly [RegExp, CloudTroubleReason])[] = [
  [/throttling|^servicethrottled|flowcontrol/i, 'Throttled'],
  [/^invalidtimestamp|^illegaltimestamp|^signaturedatetime/i, 'ClockSkew'],
  [/^invalidaccesskeyid|^inactiveaccesskey|accesskeydisabled|^invalidaccesskeysecret/i, 'InvalidCredentials'],
  [/^signaturedoesnotmatch|^incompletesignature|^invalidsecuritytoken/i, 'InvalidCredentials'],
  [
    /^missingsecuritytoken|^authenticationfail|^entitynotexist\.role|^missingaccesskeyid/i,
    'InvalidCredentials',
  ],
  [/^forbidden\.(vpcnotfound|regionid)|notfound$|notexist$/i, 'Refused'],
  [/^forbidden|^nopermission|^unauthorized|^accessdenied|^implicitdeny/i, 'Denied'],
  [/^serviceunavailable|^internalerror|^servicetimeout|^unknownerror|^signaturenonceused/i, 'Unreachable'],
  [/^invalid|^missing|^unsupported|^illegal|^incorrect|^operationdenied/i, 'Refused'],
];

function reasonOf(code: string, status: number): CloudTroubleReason {
  const found = REASONS.find(([pattern]) => pattern.test(code));
  if (found !== undefined) return found[1];
  // An error that nobody has heard of is no reason to call an object wrong.
  return status === 429 ? 'Throttled' : 'Unreachable';
}

/** `x-acs-retry-after`, in milliseconds, as openapi-core reads it. */
function retryAfterMs(headers: RawAnswer['headers']): number | undefined {
  const value = headers['x-acs-retry-after'];
  const ms = typeof value === 'string' ? Number.parseInt(value, 10) : Number.NaN;
  return Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
}

/** DryRun reports success as an error: the call would have been allowed. */
export function isDryRunSuccess(code: string | undefined): boolean {
  return code?.toLowerCase() === 'dryrunoperation';
}
