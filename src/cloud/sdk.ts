// The official SDK, as much of it as a call needs: openapi-core assembles and signs (ACS3-HMAC-SHA256), the products'
// models say what is asked and what came back. Loaded with the first call, never before: without cloud checks the
// operator does not pay for it.
import type * as Core from '@alicloud/openapi-core';
import type * as Dara from '@darabonba/typescript';
import { stringify } from 'node:querystring';
import type { Api, Query } from './api.ts';
import type { HttpRequest } from './exchange.ts';
import type { CloudIdentity } from './identity.ts';

const VERSIONS = { ecs: '2014-05-26', vpc: '2016-04-28' } as const;
const ALGORITHM = 'ACS3-HMAC-SHA256';
const USER_AGENT = 'hybridnetwork-operator';

export interface SignedCall {
  readonly origin: string;
  readonly identity: CloudIdentity;
  /** Sends one signed request; called again, with a request signed anew, where that helps. */
  readonly send: (sign: () => HttpRequest) => Promise<Record<string, unknown>>;
}

interface Packages {
  readonly core: typeof Core;
  readonly dara: typeof Dara;
}

interface Sdk extends Packages {
  readonly ThinClient: new (call: SignedCall) => Core.default;
}

let loading: Promise<Sdk> | undefined;

/** Loads openapi-core: once for the process. */
export async function loadSdk(): Promise<Sdk> {
  loading ??= Promise.all([import('@alicloud/openapi-core'), import('@darabonba/typescript')]).then(
    ([core, dara]) => ({ core, dara, ThinClient: thinClient({ core, dara }) }),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return await loading;
}

/** Makes one call; what comes back is the product's own response model. */
export async function callSdk<Request extends Dara.Model, Body extends Dara.Model>(
  api: Api<Request, Body>,
  query: Query<Request>,
  call: SignedCall,
): Promise<Body> {
  const [{ core, dara, ThinClient }, RequestModel, BodyModel] = await Promise.all([
    loadSdk(),
    api.request(),
    api.body(),
  ]);
  const { OpenApiUtil, $OpenApiUtil } = core;
  const params = new $OpenApiUtil.Params({
    action: api.action,
    version: VERSIONS[api.product],
    protocol: 'HTTPS',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  const request = new $OpenApiUtil.OpenApiRequest({
    query: OpenApiUtil.query(new RequestModel(query).toMap()),
  });
  const client = new ThinClient(call);
  const answer = await client.callApi(params, request, new dara.RuntimeOptions({}));
  return dara.cast(answer['body'], new BodyModel({}));
}

/**
 * openapi-core's client with the one method replaced that sends. The original cannot keep a deadline, use a proxy or
 * bound a body, and throws the status of an answer away that is not JSON (docs/adr/0012-cloud-client.md).
 */
function thinClient({ core, dara }: Packages): Sdk['ThinClient'] {
  return class extends core.default.default {
    readonly #call: SignedCall;

    constructor(call: SignedCall) {
      // The user agent is given so that openapi-core does not look for one in the environment.
      super(new core.$OpenApiUtil.Config({ endpoint: new URL(call.origin).host, userAgent: USER_AGENT }));
      this.#call = call;
    }

    override async doRequest(
      params: Core.$OpenApiUtil.Params,
      request: Core.$OpenApiUtil.OpenApiRequest,
    ): Promise<Record<string, unknown>> {
      const body = await this.#call.send(() => signed({ core, dara }, params, request, this.#call));
      return { body };
    }
  };
}

function signed(
  { core, dara }: Packages,
  params: Core.$OpenApiUtil.Params,
  { query }: Core.$OpenApiUtil.OpenApiRequest,
  { origin, identity }: SignedCall,
): HttpRequest {
  const { OpenApiUtil } = core;
  const payload = OpenApiUtil.hash(Buffer.alloc(0), ALGORITHM).toString('hex');
  const id = identity.accessKeyId.reveal();
  const request = new dara.Request();
  request.method = params.method;
  request.pathname = params.pathname;
  request.query = query ?? {};
  request.headers = {
    host: new URL(origin).host,
    accept: 'application/json',
    'user-agent': OpenApiUtil.getUserAgent(USER_AGENT),
    'x-acs-action': params.action,
    'x-acs-version': params.version,
    'x-acs-date': OpenApiUtil.getTimestamp(),
    'x-acs-signature-nonce': OpenApiUtil.getNonce(),
    'x-acs-content-sha256': payload,
    ...sessionHeaders(identity),
  };
  const secret = identity.accessKeySecret.reveal();
  const authorization = OpenApiUtil.getAuthorization(request, ALGORITHM, payload, id, secret);
  const path = `${params.pathname}?${stringify(request.query)}`;
  return { origin, path, method: 'POST', headers: { ...request.headers, authorization } };
}

function sessionHeaders({ accessKeyId, securityToken }: CloudIdentity): Record<string, string> {
  if (securityToken === undefined) return {};
  return { 'x-acs-accesskey-id': accessKeyId.reveal(), 'x-acs-security-token': securityToken.reveal() };
}
