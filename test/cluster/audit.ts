import { randomUUID } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api.ts';

/** One finished request as the API server recorded it. */
export interface AuditEntry {
  /** When it was answered. */
  readonly at: string;
  /** When it came in. */
  readonly receivedAt: string;
  /** Who the request acted as: the impersonated user where there is one. */
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly code: number;
  readonly requestURI: string;
  /** Only for the kinds whose bodies the policy records; never for Secrets, ConfigMaps and tokens. */
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
}

/** A place in the log. */
export type AuditMark = number & { readonly __mark: true };

export interface AuditFilter {
  readonly user?: string;
  readonly verb?: string | readonly string[];
  readonly group?: string;
  readonly resource?: string;
  /** `''` asks for the object itself. */
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly since?: AuditMark;
  /** Anything else that has to hold. */
  readonly where?: (entry: AuditEntry) => boolean;
}

export interface AuditLog {
  /** Everything recorded that matches, oldest first; every request that was answered before the call is included. */
  entries(filter?: AuditFilter): Promise<AuditEntry[]>;
  /** What this user changed, also in vain: look at `code`. */
  writesBy(user: string, filter?: AuditFilter): Promise<AuditEntry[]>;
  /** The current end of the log, for `since`. */
  mark(): Promise<AuditMark>;
  /** Everything recorded after the mark. */
  since(mark: AuditMark): Promise<AuditEntry[]>;
  readonly path: string;
}

const writeVerbs = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const barrierPath = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const start = 0 as AuditMark;

export function auditLog(path: string, api: ApiClient): AuditLog {
  // The server may answer a moment before it has recorded the answer: ask a question of our own and wait for it.
  const settle = async (from: number): Promise<void> => {
    const id = randomUUID();
    const question = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const asked = await api
      .request('POST', `${barrierPath}?barrier=${id}`, question, { timeoutMs: 2000 })
      .catch(() => undefined);
    if (asked?.status !== 201) return; // The server is down or frozen: nothing can be on its way into the log.
    const deadline = performance.now() + 2000;
    while (!(await readFrom(path, from)).includes(id)) {
      if (performance.now() > deadline)
        throw new Error(`the audit log ${path} does not follow the API server`);
      await sleep(5);
    }
  };

  const entries: AuditLog['entries'] = async (filter = {}) => {
    const from = filter.since ?? start;
    await settle(Math.max(from, (await sizeOf(path)) - 1));
    return parse(await readFrom(path, from)).filter((entry) => matches(entry, filter));
  };

  return {
    path,
    entries,
    writesBy: (user, filter = {}) => entries({ verb: writeVerbs, ...filter, user }),
    since: (mark) => entries({ since: mark }),
    async mark() {
      const size = await sizeOf(path);
      await settle(Math.max(0, size - 1));
      return (await sizeOf(path)) as AuditMark;
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function readFrom(path: string, from: number): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const size = Math.max(0, (await file.stat()).size - from);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size), position: from });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The entries of a piece of the log. A killed server leaves half a line, which its successor's first one continues. */
export function parse(text: string): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const line of text.split('\n')) {
    const event =
      parseLine(line) ??
      parseLine(line.slice(Math.max(0, line.lastIndexOf('{"kind":"Event","apiVersion":"audit'))));
    if (event !== undefined && !event.requestURI.startsWith(barrierPath)) entries.push(entryOf(event));
  }
  return entries;
}

interface AuditEvent {
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly stageTimestamp: string;
  readonly requestReceivedTimestamp: string;
}

function parseLine(line: string): AuditEvent | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}

function entryOf(event: AuditEvent): AuditEntry {
  const { apiGroup: group = '', resource = '', subresource, namespace, name } = event.objectRef ?? {};
  const entry = {
    at: event.stageTimestamp,
    receivedAt: event.requestReceivedTimestamp,
    user: (event.impersonatedUser ?? event.user).username ?? '',
    userAgent: event.userAgent ?? '',
    verb: event.verb,
    group,
    resource,
    subresource,
    namespace,
    name,
    code: event.responseStatus?.code ?? 0,
    requestURI: event.requestURI,
    requestObject: event.requestObject,
    responseObject: event.responseObject,
  };
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== undefined),
  ) as unknown as AuditEntry;
}

const fields = ['user', 'group', 'resource', 'namespace', 'name'] as const;

function matches(entry: AuditEntry, filter: AuditFilter): boolean {
  const verbs = typeof filter.verb === 'string' ? [filter.verb] : filter.verb;
  if (verbs !== undefined && !verbs.includes(entry.verb)) return false;
  if (filter.subresource !== undefined && filter.subresource !== (entry.subresource ?? '')) return false;
  if (fields.some((field) => filter[field] !== undefined && filter[field] !== entry[field])) return false;
  return filter.where?.(entry) ?? true;
}
