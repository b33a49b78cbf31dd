// Logs: one JSON object per line on stdout. Two nets keep secrets in: fields with telling names are never printed,
// and every finished line passes the censor, which knows the values.
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { LogCensor } from './log-censor.ts';

export type { Logger } from 'pino';
export { LogCensor } from './log-censor.ts';

export interface LoggerOptions {
  /** fatal, error, warn, info, debug, trace or silent. */
  readonly level: string;
  readonly censor?: LogCensor;
  /** Where finished lines go: stdout unless told. */
  readonly destination?: DestinationStream;
}

const REDACTED = '[redacted]';

const SECRET_FIELDS = [
  'accessKeyId',
  'accessKeySecret',
  'access-key-id',
  'access-key-secret',
  'access_key',
  'access_secret',
  'authorization',
  'Authorization',
  'credentials',
  'data',
  'headers',
  'kubectl.kubernetes.io/last-applied-configuration',
  'password',
  'securityToken',
  'SecurityToken',
  'Signature',
  'stringData',
  'token',
];

/** How many objects deep the fields above are looked for. */
const DEPTH = 4;

export function createLogger(options: LoggerOptions): Logger {
  const censor = options.censor ?? new LogCensor();
  // Synchronous: what was logged before a crash is there afterwards.
  const out = options.destination ?? pino.destination({ dest: 1, sync: true });
  const destination = {
    write(line: string): void {
      out.write(censor.clean(line));
    },
  };
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: redactedPaths(), censor: REDACTED },
    },
    destination,
  );
}

/** Node can be told from outside to print the headers of all its requests, and with them our token. */
export function refuseHeaderDumps(environment: Readonly<Record<string, string | undefined>>): void {
  const asked = (environment['NODE_DEBUG'] ?? '').toLowerCase().split(/[\s,]+/);
  const revealing = ['http', 'https', 'http2', 'undici', 'fetch', 'tls'];
  const culprit = asked.find((word) => revealing.some((section) => matches(word, section)));
  if (culprit === undefined) return;
  throw new Error(
    `NODE_DEBUG contains "${culprit}", which prints request headers and with them credentials: unset it.`,
  );
}

// Node lets an asterisk stand for any characters.
function matches(word: string, section: string): boolean {
  const [start = '', ...rest] = word.split('*');
  if (rest.length === 0) return word === section;
  const end = rest.at(-1) ?? '';
  return section.startsWith(start) && section.endsWith(end);
}

interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: ErrorDescription;
  readonly errors?: readonly ErrorDescription[];
}

// Chosen fields only: errors of HTTP clients carry the request, the reply and their headers.
function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code } = error as { code?: unknown };
  const goOn = depth < 3;
  return {
    type: error.name,
    message: withoutBody(error.message),
    ...(error.stack !== undefined && { stack: withoutBody(error.stack) }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(goOn && error.cause !== undefined && { cause: describeError(error.cause, depth + 1) }),
    ...(goOn &&
      error instanceof AggregateError && {
        errors: error.errors.slice(0, 5).map((e) => describeError(e, depth + 1)),
      }),
  };
}

// client-node writes the body and the headers of a reply into the message, and so into the stack.
function withoutBody(text: string): string {
  return text.replace(/\nBody: [\s\S]*?(?=\n {4}at |$)/, '');
}

function redactedPaths(): string[] {
  return SECRET_FIELDS.flatMap((field) => {
    const key = /^\w+$/.test(field) ? field : `["${field}"]`;
    return Array.from({ length: DEPTH }, (_, depth) => {
      const above = Array.from({ length: depth }, () => '*').join('.');
      if (above === '') return key;
      return key.startsWith('[') ? `${above}${key}` : `${above}.${key}`;
    });
  });
}
