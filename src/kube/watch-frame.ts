// One line of a watch.
import type { KubeObject } from './object.ts';

export interface WatchFrame {
  /** ADDED, MODIFIED, DELETED, BOOKMARK or ERROR. */
  readonly type: string;
  /** The object; for a BOOKMARK only its resourceVersion, for an ERROR a Status. */
  readonly object: KubeObject;
}

/** The stream holds something that is no frame: what was said there is lost, so the state has to be listed. */
export class GarbledWatchError extends Error {
  constructor(what: string) {
    super(`the watch sent ${what}`);
    this.name = 'GarbledWatchError';
  }
}

export function parseFrame(line: string): WatchFrame {
  let frame: Partial<WatchFrame> | null;
  try {
    frame = JSON.parse(line) as Partial<WatchFrame> | null;
  } catch {
    // The parser's own message would quote the line, which may be a Secret.
    throw new GarbledWatchError('a line that is not JSON');
  }
  if (typeof frame?.type !== 'string' || typeof frame.object !== 'object' || frame.object === null) {
    throw new GarbledWatchError('a line without type and object');
  }
  return frame as WatchFrame;
}
