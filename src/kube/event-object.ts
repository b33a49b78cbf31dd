// An events.k8s.io/v1 Event: built, and kept within the limits that the API server checks.

export const REPORTING_CONTROLLER = 'hybrid.alibabacloud.com/hybridnetwork-operator';

const NAME_LIMIT = 230;
const SHORT_LIMIT = 128;
const NOTE_LIMIT_BYTES = 1_024;

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
}

export interface EventToReport {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, and specific. */
  readonly reason: string;
  /** What was done, or was to be done: `Patch`, `Publish`. */
  readonly action: string;
  /** For people; at most 1 kB of it is kept. */
  readonly note: string;
  /** The HybridNetwork. */
  readonly regarding: ObjectReference;
  /** The object that was touched. */
  readonly related?: ObjectReference;
}

export interface EventContext {
  readonly namespace: string;
  readonly instance: string;
  readonly name: string;
  readonly epochMs: number;
  /** How often it has happened already. */
  readonly count: number;
}

/** Two events with the same identity are one that happened twice. */
export function eventIdentity({ type, reason, action, note, regarding, related }: EventToReport): string {
  return JSON.stringify([type, reason, action, note, identityOf(regarding), identityOf(related)]);
}

function identityOf(reference: ObjectReference | undefined): readonly unknown[] {
  return [reference?.kind, reference?.namespace, reference?.name, reference?.uid];
}

/** Unique as long as no two of one object are born in the same millisecond with the same suffix. */
export function eventName(regarding: string, epochMs: number, suffix: string): string {
  const stem = regarding.slice(0, NAME_LIMIT).replace(/[^a-z0-9]+$/, '');
  return `${stem}.${epochMs.toString(16)}${suffix}`;
}

export function eventObject(event: EventToReport, context: EventContext): object {
  const { type, reason, action, note, regarding, related } = event;
  const { namespace, instance, epochMs, name, count } = context;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace, name },
    eventTime: microTime(epochMs),
    reportingController: REPORTING_CONTROLLER,
    reportingInstance: instance.slice(0, SHORT_LIMIT),
    type,
    reason: reason.slice(0, SHORT_LIMIT),
    action: action.slice(0, SHORT_LIMIT),
    note: cutToBytes(note, NOTE_LIMIT_BYTES),
    regarding,
    ...(related !== undefined && { related }),
    ...(count > 1 && seriesPatch(count, epochMs)),
  };
}

/** A merge patch: this often, and most recently then. */
export function seriesPatch(count: number, epochMs: number): object {
  return { series: { count, lastObservedTime: microTime(epochMs) } };
}

function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}

/** Never in the middle of a character. */
function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= limit) return text;
  const ellipsis = '…';
  const room = bytes.subarray(0, limit - Buffer.byteLength(ellipsis)).toString('utf8');
  return `${room.replace(/\uFFFD+$/, '')}${ellipsis}`;
}
