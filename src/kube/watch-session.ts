// One watch connection, from opening it to the reason for its end. Everything that can end a watch is told apart
// here; what follows from it is decided in the reflector.
import type { Query } from './call.ts';
import type { KubeClient } from './client.ts';
import { sleep, type Clock } from '../runtime/clock.ts';
import { errorFromStatus, errorFromTransport, isExpired, type StatusObject } from './errors.ts';
import { FailureError } from '../plan/failure.ts';
import { LineTooLongError } from './line-stream.ts';
import { compareResourceVersions } from './resource-version.ts';
import { GarbledWatchError, type WatchFrame } from './watch-frame.ts';

export interface SessionOptions {
  readonly client: Pick<KubeClient, 'watch'>;
  readonly path: string;
  readonly query: Query;
  readonly version: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** No byte for so long: the connection is taken for dead. */
  readonly silenceMs: number;
  /** When, on the clock, a full list is due and the watch has to end. */
  readonly listDueAt: number;
  /** The server has accepted the watch. */
  readonly onOpen: () => void;
  readonly onActivity: () => void;
  /** An event that moves the state forward. */
  readonly onEvent: (frame: WatchFrame) => void;
  readonly onVersion: (version: string) => void;
}

export type SessionEnd =
  /** The server has ended it in good order, which it does every few minutes. */
  | { readonly how: 'closed' }
  | { readonly how: 'silent' }
  | { readonly how: 'list-due' }
  | { readonly how: 'stopped' }
  /** The state has to be listed: the version is too old, or what was said cannot be trusted. */
  | { readonly how: 'lost'; readonly why: string }
  /** Refused, broken off, or ended by an ERROR frame. */
  | { readonly how: 'failed'; readonly error: FailureError };

export interface SessionResult {
  readonly end: SessionEnd;
  /** The server had accepted the watch. */
  readonly opened: boolean;
  /** Frames that moved the version forward, bookmarks among them. */
  readonly progress: number;
  readonly livedMs: number;
}

/** Thrown by the frame handler to end the exchange; carries the reason out. */
class SessionCut extends Error {
  readonly end: SessionEnd;

  constructor(end: SessionEnd) {
    super(end.how);
    this.end = end;
  }
}

export async function runWatchSession(options: SessionOptions): Promise<SessionResult> {
  const { client, path, query, clock, signal } = options;
  const start = clock.monotonic();
  const over = new AbortController();
  const life = { lastSign: start, opened: false };
  const frames = createFrameHandler(options);
  const stop = (): void => over.abort(new SessionCut({ how: 'stopped' }));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });

  const guard = guardSession(options, life, over);
  const watching = client.watch({
    path,
    query: { ...query, resourceVersion: options.version, allowWatchBookmarks: true },
    signal: over.signal,
    onFrame: frames.handle,
    onActivity() {
      life.lastSign = clock.monotonic();
      if (!life.opened) options.onOpen();
      life.opened = true;
      options.onActivity();
    },
  });
  const end = await watching.then(
    (): SessionEnd => ({ how: 'closed' }),
    (error: unknown) => endOf(error, path),
  );
  signal.removeEventListener('abort', stop);
  over.abort();
  await guard;
  return { end, opened: life.opened, progress: frames.progress(), livedMs: clock.monotonic() - start };
}

async function guardSession(
  { clock, silenceMs, listDueAt }: SessionOptions,
  life: { readonly lastSign: number },
  over: AbortController,
): Promise<void> {
  while (!over.signal.aborted) {
    const now = clock.monotonic();
    const silentAt = life.lastSign + silenceMs;
    if (now >= listDueAt) over.abort(new SessionCut({ how: 'list-due' }));
    else if (now >= silentAt) over.abort(new SessionCut({ how: 'silent' }));
    else await sleep(clock, Math.min(silentAt, listDueAt) - now, over.signal);
  }
}

interface FrameHandler {
  readonly handle: (frame: WatchFrame) => void;
  readonly progress: () => number;
}

function createFrameHandler({ path, version, onEvent, onVersion }: SessionOptions): FrameHandler {
  let current = version;
  let progress = 0;
  const handle = (frame: WatchFrame): void => {
    if (frame.type === 'ERROR') throw new SessionCut(endOfErrorFrame(frame.object, path));
    const next = frame.object.metadata?.resourceVersion ?? '';
    const order = compareResourceVersions(next, current) ?? 1;
    // Versions only grow along a watch. Older ones mean that the server has gone back in time.
    if (order < 0)
      throw new SessionCut({ how: 'lost', why: `the watch went back from ${current} to ${next}` });
    if (order === 0) return;
    if (frame.type !== 'BOOKMARK') onEvent(frame);
    current = next;
    progress += 1;
    onVersion(next);
  };
  return { handle, progress: () => progress };
}

function endOfErrorFrame(status: StatusObject, path: string): SessionEnd {
  const error = errorFromStatus({ method: 'GET', path, watching: true }, status);
  return isExpired(error) ? { how: 'lost', why: error.message } : { how: 'failed', error };
}

function endOf(error: unknown, path: string): SessionEnd {
  if (error instanceof SessionCut) return error.end;
  if (error instanceof GarbledWatchError || error instanceof LineTooLongError)
    return { how: 'lost', why: error.message };
  if (isExpired(error) && error instanceof Error) return { how: 'lost', why: error.message };
  if (error instanceof FailureError) return { how: 'failed', error };
  return { how: 'failed', error: errorFromTransport({ method: 'GET', path, watching: true }, error) };
}
