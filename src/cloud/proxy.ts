// The egress proxy of a data centre, in the words of the usual variables (HTTPS_PROXY, NO_PROXY).

export interface ProxyOptions {
  /** `http://proxy.example:3128`, credentials in it included; absent: none. */
  readonly url?: string | undefined;
  /** Hosts that are reached without it, separated by commas: `.aliyuncs.com`, `10.0.0.1`, `host:8080`, `*`. */
  readonly noProxy?: string | undefined;
}

/** Metadata of an ECS instance: answered by the hypervisor, for no one else. */
const METADATA_HOST = '100.100.100.200';

export function bypassesProxy(origin: string, noProxy: string): boolean {
  const { hostname, port, protocol } = new URL(origin);
  if (hostname === METADATA_HOST) return true;
  const actualPort = port === '' ? { 'http:': '80', 'https:': '443' }[protocol] : port;
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), hostname, actualPort ?? ''));
}

function matches(entry: string, hostname: string, actualPort: string): boolean {
  if (entry === '*') return true;
  const [, host = entry, port] = /^(.+?)(?::(\d+))?$/.exec(entry) ?? [];
  if (port !== undefined && port !== actualPort) return false;
  const bare = host.replace(/^\*?\./, '');
  return hostname === bare || hostname.endsWith(`.${bare}`);
}
