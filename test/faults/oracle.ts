// What has to be true at the end of every plan, whatever was done to it on the way.
import { isDeepStrictEqual } from 'node:util';
import { findLeaks } from '../support/secret-scan.ts';
import type { Entry } from './exchange.ts';
import { isChange } from './fault.ts';
import { essenceOf } from './objects.ts';
import type { Snapshot } from './objects.ts';
import { KEY_ID, KEY_SECRET } from './world.ts';
import { RACED } from './world-faults.ts';

/** A run without faults: what is compared with. */
export interface Reference {
  readonly record: readonly Entry[];
  readonly end: Snapshot;
  /** Watches that stood in the end. */
  readonly openWatches: number;
}

/** How often one object may be changed more often than in the run without faults. */
const MORE_CHANGES = 3;
/** The status tells of progress and of trouble as well. */
const MORE_STATUSES = 12;
/** Requests in vain: back-off and the server's own words keep them few. */
const MORE_ATTEMPTS = 15;

const STATUS = 'patch-hybridnetworks.status-idc-hangzhou';

/** Whether the cluster is where the run without faults left it; foreign annotations that a fault planted aside. */
export function isSameEnd(end: Snapshot, reference: Reference): boolean {
  return isDeepStrictEqual(withoutRaced(essenceOf(end)), withoutRaced(essenceOf(reference.end)));
}

function withoutRaced(essence: unknown): unknown {
  return JSON.parse(JSON.stringify(essence, (key, value: unknown) => (key === RACED ? undefined : value)));
}

/** Where the two differ, in a few words. */
export function differenceOf(end: Snapshot, reference: Reference): string {
  const differences: string[] = [];
  collect('', withoutRaced(essenceOf(end)), withoutRaced(essenceOf(reference.end)), differences);
  return differences.slice(0, 12).join('; ');
}

function collect(path: string, is: unknown, was: unknown, into: string[]): void {
  if (isDeepStrictEqual(is, was)) return;
  if (typeof is !== 'object' || typeof was !== 'object' || is === null || was === null) {
    into.push(
      `${path}: ${JSON.stringify(is)?.slice(0, 200)} instead of ${JSON.stringify(was)?.slice(0, 200)}`,
    );
    return;
  }
  for (const key of new Set([...Object.keys(is), ...Object.keys(was)]))
    collect(
      `${path}/${key}`,
      (is as Record<string, unknown>)[key],
      (was as Record<string, unknown>)[key],
      into,
    );
}

/**
 * Terway's DaemonSet carries notes of what its pods have read: for each part of that content which is seen to change
 * apart from the others, one before, one after, and a restart.
 */
const MORE_OF: ReadonlyMap<string, number> = new Map([
  [STATUS, MORE_STATUSES],
  ['patch-daemonsets-terway-eniip', 6],
]);

/** Objects that were changed, or tried to be changed, too often. */
export function tooManyWrites(record: readonly Entry[], reference: Reference): readonly string[] {
  const names = new Set(record.filter(isChange).map(({ name }) => name));
  return [...names].flatMap((name) => {
    const changes = countOf(record, name, true) - countOf(reference.record, name, true);
    const attempts = countOf(record, name, false) - countOf(reference.record, name, false);
    const allowed = MORE_OF.get(name) ?? MORE_CHANGES;
    return [
      ...(changes > allowed ? [`${name}: ${changes} changes more than without faults`] : []),
      ...(attempts > MORE_ATTEMPTS ? [`${name}: ${attempts} attempts more than without faults`] : []),
    ];
  });
}

function countOf(record: readonly Entry[], wanted: string, acted: boolean): number {
  return record.filter(
    ({ name, serverStatus }) => name === wanted && (!acted || (serverStatus >= 200 && serverStatus < 300)),
  ).length;
}

export interface Evidence {
  readonly output: string;
  readonly record: readonly Entry[];
  readonly end: Snapshot;
  readonly events: string;
}

const SECRETS = [KEY_SECRET, KEY_ID];

/** Secrets outside of the Secrets. */
export function leaksIn({ output, record, end, events }: Evidence): readonly string[] {
  const bodies = record.filter(({ resource }) => resource !== 'secrets').map(({ body }) => body);
  const { secret: _secret, source: _source, ...others } = end;
  return [
    ...findLeaks('log', output, SECRETS),
    ...findLeaks('request', bodies.join('\n'), SECRETS),
    ...findLeaks('objects', JSON.stringify(others), SECRETS),
    ...findLeaks('events', events, SECRETS),
  ].map(({ place, spelling }) => `a secret stands in the ${place} (${spelling})`);
}
