// Bundles the operator into one file: dist/hybridnetwork-operator.mjs, with its licences beside it.
//
// @dot-i/k8s-operator is CommonJS and imports all of @kubernetes/client-node, most of which is generated API classes
// that nobody here uses. For that one importer the client is resolved to a facade with what the base class touches, so
// that the rest is shaken off: it is the larger part of the file and of the memory.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

const CLIENT = `
export { KubeConfig } from '@kubernetes/client-node/dist/config.js';
export class CoreV1Api {}
export class ApiextensionsV1Api {}
export class Watch {}
export function loadYaml() { throw new Error('not in the bundle'); }
`;

// The base class's own HTTP client: every method that would use it is overridden.
const GAXIOS = `
export const instance = { request() { throw new Error('not in the bundle'); } };
`;

// What KubeConfig makes API clients with. The frame makes one and never calls it; all generated models hang on it.
const GENERATED = `
export function createConfiguration() { return {}; }
export class ServerConfiguration {}
export function setHeaderMiddleware() {}
`;

// The dispatchers alone, without fetch, caches, mocks and WebSockets, which its index loads all at once.
const UNDICI = `
export { default as Agent } from 'undici/lib/dispatcher/agent.js';
export { default as ProxyAgent } from 'undici/lib/dispatcher/proxy-agent.js';
`;

// SOCKS proxies are refused (src/kube/credentials.ts).
const SOCKS = `
export class SocksProxyAgent {}
export class SocksClient {}
`;

// What openapi-core and its frame load for ways of asking that are not ours: their transport, XML, WebSockets, dates, and the
// sources of credentials (docs/adr/0012-cloud-client.md). Nothing of it is touched between a call and its answer.
const UNUSED_BY_CALLS = /^(@alicloud\/credentials|httpx|https?-proxy-agent|lodash|moment|ws|xml2js)$/;

// Another program than the operator's is bundled the same way for a test.
const [ENTRY = 'src/main.ts', OUTFILE = 'dist/hybridnetwork-operator.mjs'] = process.argv.slice(2);

// The frame constructs a CoreV1Api and never calls it; its transport is ours (docs/adr/0002-runtime-base.md).
const facades: Plugin = {
  name: 'facades',
  setup(bundler) {
    const contents: Readonly<Record<string, string>> = {
      '@kubernetes/client-node': CLIENT,
      gaxios: GAXIOS,
      generated: GENERATED,
      undici: UNDICI,
      socks: SOCKS,
    };
    bundler.onResolve({ filter: /^(@kubernetes\/client-node|gaxios|undici)$/ }, ({ path }) => ({
      path,
      namespace: 'facade',
    }));
    bundler.onResolve({ filter: /^socks(-proxy-agent)?$/ }, () => ({ path: 'socks', namespace: 'facade' }));
    bundler.onResolve({ filter: UNUSED_BY_CALLS }, ({ path, importer }) =>
      /\/node_modules\/@(alicloud|darabonba)\//.test(importer) ? { path, namespace: 'facade' } : undefined,
    );
    bundler.onResolve({ filter: /^\.\/(gen\/index|middleware)\.js$/ }, ({ importer }) =>
      importer.endsWith('/@kubernetes/client-node/dist/config.js')
        ? { path: 'generated', namespace: 'facade' }
        : undefined,
    );
    bundler.onResolve({ filter: /^(@kubernetes\/client-node\/dist|undici\/lib)\// }, ({ path }) => ({
      path: fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url)),
    }));
    bundler.onLoad({ filter: /.*/, namespace: 'facade' }, ({ path }) => ({
      contents: contents[path] ?? '',
      resolveDir: fileURLToPath(new URL('..', import.meta.url)),
    }));
  },
};

const { metafile } = await build({
  entryPoints: [ENTRY],
  outfile: OUTFILE,
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  format: 'esm',
  // jsonc-parser's CommonJS build hides its requires from every bundler.
  mainFields: ['module', 'main'],
  // Names stay as they are: stack traces can be read, and keeping them by `keepNames` costs a call for every closure.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
  plugins: [facades],
  // CommonJS packages inside an ES module call \`require\`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
const bytes = Math.max(...Object.values(metafile.outputs).map((output) => output.bytes));
console.log(`${OUTFILE}: ${(bytes / 1e6).toFixed(1)} MB`);
