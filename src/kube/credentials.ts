// Who we are and whom we trust, taken from a KubeConfig and kept ready, so that a request costs neither a file
// nor a plugin. Files that rotate (the projected token, the CA) are read again every 30 s, and at once after a 401.
import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { Agent, ProxyAgent, type buildConnector, type Dispatcher } from 'undici';
import { FailureError } from '../plan/failure.ts';

const TTL_MS = 30_000;
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 30_000 } as const;

// HTTP/1.1 on purpose: one socket per watch, so that one stuck stream cannot hold up a write. The API server
// closes idle connections after 90 s and load balancers after 60 s: we let go before either does.
const POOL = {
  allowH2: false,
  connectTimeout: 10_000,
  headersTimeout: 30_000,
  // A watch is silent for a minute at a time; requests have deadlines of their own.
  bodyTimeout: 0,
  keepAliveTimeout: 50_000,
} as const;

export interface Credentials {
  readonly dispatcher: Dispatcher;
  /** Authorization and impersonation headers. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface CredentialStore {
  current(): Promise<Credentials>;
  /** Reads everything anew, unless somebody else has done so since `refused` was handed out. */
  renew(refused: Credentials): Promise<Credentials>;
  close(): Promise<void>;
}

export function createCredentialStore(
  config: KubeConfig,
  now: () => number = () => performance.now(),
): CredentialStore {
  const dispatchers = createDispatcherCache();
  let source = config;
  let held: Credentials | undefined;
  let heldUntil = 0;
  let reading: Promise<Credentials> | undefined;

  const read = (): Promise<Credentials> => {
    reading ??= load(source, dispatchers).then(
      (loaded) => {
        held = loaded;
        heldUntil = now() + TTL_MS;
        reading = undefined;
        return loaded;
      },
      (error: unknown) => {
        reading = undefined;
        throw asFailure(error, source.getCurrentUser());
      },
    );
    return reading;
  };

  return {
    async current() {
      if (held !== undefined && now() < heldUntil) return held;
      if (readsTokenFile(source)) source = withoutCaches(source);
      const known = held;
      // A token file that is being replaced may be missing for a moment: what we have is still good.
      return known === undefined ? read() : read().catch(() => known);
    },
    async renew(refused) {
      if (held !== undefined && held !== refused) return held;
      source = withoutCaches(source);
      return read();
    },
    close: () => dispatchers.close(),
  };
}

/** client-node's cache of the token file would add its 60 s to ours; that of a plugin knows the expiry itself. */
function readsTokenFile(config: KubeConfig): boolean {
  const provider = config.getCurrentUser()?.authProvider as { config?: { tokenFile?: unknown } } | undefined;
  return provider?.config?.tokenFile !== undefined;
}

/** The same configuration whose authenticators have not read anything yet. */
function withoutCaches({ clusters, users, contexts, currentContext }: KubeConfig): KubeConfig {
  const copy = new KubeConfig();
  copy.loadFromOptions({ clusters, users, contexts, currentContext });
  return copy;
}

async function load(config: KubeConfig, dispatchers: DispatcherCache): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { auth } = options;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
  if (typeof auth === 'string') headers['Authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  // Without a token the server would take us for nobody, and say 403 where it should say 401.
  if (readsTokenFile(config) && !/^Bearer \S/.test(headers['Authorization'] ?? ''))
    throw new Error('the token file is empty');
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return {
    headers,
    dispatcher: dispatchers.get(config.createDispatcherOptions(config.getCurrentCluster(), tls)),
  };
}

type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;

interface DispatcherCache {
  get(options: DispatcherOptions): Dispatcher;
  close(): Promise<void>;
}

/** One dispatcher per TLS identity. A replaced one finishes what it carries and then closes. */
function createDispatcherCache(): DispatcherCache {
  const open = new Set<Dispatcher>();
  let current: { readonly identity: string; readonly dispatcher: Dispatcher } | undefined;
  return {
    get(options) {
      const identity = identityOf(options);
      if (current?.identity === identity) return current.dispatcher;
      const retired = current?.dispatcher;
      current = { identity, dispatcher: createDispatcher(options) };
      open.add(current.dispatcher);
      void retired?.close().then(() => open.delete(retired));
      return current.dispatcher;
    },
    async close() {
      await Promise.all([...open].map((dispatcher) => dispatcher.destroy()));
      open.clear();
    },
  };
}

function createDispatcher(options: DispatcherOptions): Dispatcher {
  if (options.type === 'socks') {
    throw new FailureError({
      kind: 'Invalid',
      reason: 'ProxyNotSupported',
      message:
        'the kubeconfig names a SOCKS proxy (proxy-url); only http:// and https:// proxies are supported',
    });
  }
  if (options.type === 'proxy') {
    const { uri, requestTls } = options;
    return new ProxyAgent({ ...POOL, uri, requestTls: requestTls as buildConnector.BuildOptions });
  }
  const connect = options.type === 'agent' ? (options.connect as buildConnector.BuildOptions) : KEEP_ALIVE;
  return new Agent({ ...POOL, connect });
}

/** A hash over the contents, so that a rotated file gets a connection pool of its own. */
function identityOf(options: DispatcherOptions): string {
  const content = JSON.stringify(options, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return createHash('sha256').update(content).digest('hex');
}

/** What a credential plugin prints may be a credential: its words are not repeated. */
function asFailure(error: unknown, user: User | null): FailureError {
  if (error instanceof FailureError) return error;
  const isFile = error instanceof Error && 'path' in error;
  const plugin = user?.exec !== undefined || user?.authProvider?.name === 'exec';
  const why = plugin && !isFile ? 'the credential plugin failed' : (error as Error).message;
  return new FailureError({
    kind: 'Unexpected',
    message: `cannot read the credentials of the kubeconfig: ${why}`,
  });
}
