// Verifies ACS3-HMAC-SHA256 as Alibaba Cloud publishes it ("V3 request structure and signature"), without a line of the
// SDK: what both agree on is the wire format.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Account } from './model.ts';
import { ApiProblem } from './problem.ts';

const ALGORITHM = 'ACS3-HMAC-SHA256';
const LARGEST_SKEW_MS = 15 * 60_000;
const MUST_BE_SIGNED = [
  'host',
  'x-acs-action',
  'x-acs-content-sha256',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-version',
];

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Verifier {
  /** The account that has signed; throws an ApiProblem. */
  verify(request: SignedRequest, accounts: readonly Account[]): Account;
}

/** `now`: the cloud's clock. Nonces are remembered as long as their dates would be accepted. */
export function createVerifier(now: () => number): Verifier {
  const nonces = new Map<string, number>();

  const checkNonce = (nonce: string): void => {
    for (const [known, at] of nonces) if (now() - at > LARGEST_SKEW_MS) nonces.delete(known);
    if (nonces.has(nonce))
      throw new ApiProblem(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
    nonces.set(nonce, now());
  };

  return {
    verify(request, accounts) {
      const { keyId, names, signature } = parseAuthorization(request.headers['authorization'] ?? '');
      const account = accounts.find(({ accessKeyId }) => accessKeyId === keyId);
      if (account === undefined)
        throw new ApiProblem(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
      if (account.isDisabled === true)
        throw new ApiProblem(403, 'InvalidAccessKeyId.Inactive', 'Specified access key is disabled.');
      checkDate(request.headers['x-acs-date'] ?? '', now());
      checkSignature(request, names, signature, account.accessKeySecret);
      checkNonce(request.headers['x-acs-signature-nonce'] ?? '');
      checkSession(request, account, now());
      return account;
    },
  };
}

interface Authorization {
  readonly keyId: string;
  readonly names: readonly string[];
  readonly signature: string;
}

function parseAuthorization(text: string): Authorization {
  const match = /^(\S+) Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/.exec(text);
  const [, algorithm, keyId = '', names = '', signature = ''] = match ?? [];
  if (match === null || algorithm !== ALGORITHM) {
    throw new ApiProblem(400, 'IncompleteSignature', `The request must be signed with ${ALGORITHM}.`);
  }
  return { keyId, names: names.split(';'), signature };
}

function checkDate(date: string, now: number): void {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date) ? Date.parse(date) : Number.NaN;
  if (!(Math.abs(at - now) <= LARGEST_SKEW_MS))
    throw new ApiProblem(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
}

function checkSignature(
  request: SignedRequest,
  names: readonly string[],
  signature: string,
  secret: string,
): void {
  const unsigned = Object.keys(request.headers)
    .filter((name) => MUST_BE_SIGNED.includes(name) || name.startsWith('x-acs-'))
    .concat(MUST_BE_SIGNED)
    .filter((name) => !names.includes(name));
  if (unsigned.length > 0 || names.join() !== names.toSorted().join())
    throw new ApiProblem(400, 'IncompleteSignature', `Not signed, or not in order: ${unsigned.join(', ')}`);
  if (sha256(request.body) !== request.headers['x-acs-content-sha256'])
    throw new ApiProblem(400, 'SignatureDoesNotMatch', 'The body is not the one that was signed.');
  const toSign = `${ALGORITHM}\n${sha256(canonicalRequest(request, names))}`;
  const expected = createHmac('sha256', secret).update(toSign).digest();
  const given = Buffer.from(signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new ApiProblem(
      400,
      'SignatureDoesNotMatch',
      `Specified signature does not match our calculation. Server string to sign is: ${toSign}`,
    );
}

/** Exported for the comparison with the published example. */
export function canonicalRequest(request: SignedRequest, names: readonly string[]): string {
  const query = [...request.query]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers = names.map((name) => `${name}:${(request.headers[name] ?? '').trim()}\n`).join('');
  const digest = request.headers['x-acs-content-sha256'] ?? sha256(request.body);
  return [request.method, request.path, query, headers, names.join(';'), digest].join('\n');
}

/** RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function checkSession({ headers }: SignedRequest, account: Account, now: number): void {
  const given = headers['x-acs-security-token'];
  if (account.securityToken === undefined && given === undefined) return;
  if (given === undefined)
    throw new ApiProblem(400, 'MissingSecurityToken', 'SecurityToken is mandatory for this action.');
  if (given !== account.securityToken)
    throw new ApiProblem(
      400,
      'InvalidSecurityToken.MismatchWithAccessKey',
      'Specified SecurityToken mismatch with the AccessKey.',
    );
  if (account.expiresAt !== undefined && account.expiresAt <= now)
    throw new ApiProblem(400, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.');
}
