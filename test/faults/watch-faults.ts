// Faults of a watch that stands: silence, breaks, frames that come late, twice, out of order, or not whole.
import type { Entry, Exchange, LineTap } from './exchange.ts';
import { isWatch, pause, statusObject } from './fault.ts';
import type { Fault } from './fault.ts';

const family = 'watch';
/** The watch told something in the run without faults. */
const speaks = (entry: Entry): boolean => isWatch(entry) && entry.frames > 0;
const tellsMuch = (entry: Entry): boolean => isWatch(entry) && entry.frames > 2;

const expired = statusObject({ code: 410, reason: 'Expired', message: 'too old resource version: 1 (9)' });
const broken = statusObject({ code: 500, reason: 'InternalError', message: 'etcdserver: no leader' });
const errorFrame = (status: object): string => `${JSON.stringify({ type: 'ERROR', object: status })}\n`;

/** Taps the watch with something of its own for the n-th line. */
function atLine(
  number: number,
  act: (exchange: Exchange, line: string, send: (text: string) => void) => void,
): Fault['harm'] {
  return async (exchange) => {
    let count = 0;
    await exchange.tapWatch((line, send) => {
      count += 1;
      if (count === number) act(exchange, line, send);
      else if (count < number) send(line);
    });
  };
}

async function held(
  exchange: Exchange,
  ms: number,
  release: (lines: readonly string[]) => readonly string[],
): Promise<void> {
  let lines: string[] | undefined = [];
  const tap: LineTap = (line, send) => {
    if (lines === undefined) {
      send(line);
      return;
    }
    if (lines.length === 0) {
      void pause(ms).then(() => {
        for (const one of release(lines ?? [])) send(one);
        lines = undefined;
      });
    }
    lines.push(line);
  };
  await exchange.tapWatch(tap);
}

interface Frame {
  readonly type: string;
  readonly object: { readonly metadata?: { readonly uid?: string } };
}

/** Of several frames about one object only the last: as a server does whose cache was behind. */
function lastOfEach(lines: readonly string[]): readonly string[] {
  const keyOf = (line: string): string => (JSON.parse(line) as Frame).object.metadata?.uid ?? line;
  return lines.filter((line, at) => !lines.slice(at + 1).some((later) => keyOf(later) === keyOf(line)));
}

export const WATCH_FAULTS: readonly Fault[] = [
  {
    ...{ id: 'status-410', family, applies: isWatch },
    harm: async (exchange) => exchange.answer(410, expired),
  },
  {
    ...{ id: 'frame-410', family, applies: isWatch },
    harm: async (exchange) => {
      exchange.openStream()(errorFrame(expired));
      exchange.end();
    },
  },
  {
    ...{ id: 'frame-500', family, applies: isWatch },
    harm: async (exchange) => {
      exchange.openStream()(errorFrame(broken));
      exchange.end();
    },
  },
  {
    ...{ id: 'closed-at-once', family, applies: isWatch },
    harm: async (exchange) => {
      exchange.openStream();
      exchange.end();
    },
  },
  {
    ...{ id: 'closed-at-once-4-times', family, applies: isWatch, times: 4 },
    harm: async (exchange) => {
      exchange.openStream();
      exchange.end();
    },
  },
  {
    ...{ id: 'silent', family, applies: isWatch },
    harm: async (exchange) => {
      exchange.openStream();
      await exchange.hang();
    },
  },
  {
    ...{ id: 'silent-twice', family, applies: speaks, times: 2 },
    harm: async (exchange) => {
      exchange.openStream();
      await exchange.hang();
    },
  },
  {
    ...{ id: 'silent-after-a-frame', family, applies: speaks },
    harm: atLine(1, (_exchange, line, send) => send(line)),
  },
  {
    ...{ id: 'closed-after-a-frame', family, applies: speaks },
    harm: atLine(1, (exchange, line, send) => {
      send(line);
      exchange.end();
    }),
  },
  {
    ...{ id: 'closed-before-a-frame', family, applies: speaks },
    harm: atLine(1, (exchange) => exchange.end()),
  },
  {
    ...{ id: 'frame-410-after-a-frame', family, applies: speaks },
    harm: atLine(1, (exchange, line, send) => {
      send(line);
      send(errorFrame(expired));
      exchange.end();
    }),
  },
  {
    ...{ id: 'cut-in-a-line', family, applies: speaks },
    harm: atLine(1, (exchange, line, send) => {
      send(line.slice(0, line.length / 2));
      setTimeout(() => exchange.reset(), 5);
    }),
  },
  {
    ...{ id: 'cut-in-the-second-line', family, applies: tellsMuch },
    harm: atLine(2, (exchange, line, send) => {
      send(line.slice(0, line.length / 2));
      setTimeout(() => exchange.reset(), 5);
    }),
  },
  {
    ...{ id: 'garbage', family, applies: speaks },
    harm: atLine(1, (_exchange, _line, send) => send('{"type":"MODIFIED","object":{"metadata"\n')),
  },
  {
    ...{ id: 'held', family, applies: speaks },
    harm: async (exchange) => await held(exchange, 400, (lines) => lines),
  },
  {
    ...{ id: 'held-and-only-the-last-told', family, applies: tellsMuch },
    harm: async (exchange) => await held(exchange, 400, lastOfEach),
  },
  {
    ...{ id: 'every-frame-twice', family, applies: speaks },
    harm: async (exchange) => await exchange.tapWatch((line, send) => send(line + line)),
  },
  {
    ...{ id: 'replayed', family, applies: tellsMuch },
    harm: async (exchange) => {
      const told: string[] = [];
      await exchange.tapWatch((line, send) => {
        send(line);
        told.push(line);
        if (told.length === 3) send(told.join(''));
      });
    },
  },
  {
    ...{ id: 'two-frames-swapped', family, applies: tellsMuch },
    harm: async (exchange) => {
      let first: string | undefined;
      let done = false;
      await exchange.tapWatch((line, send) => {
        if (done) send(line);
        else if (first === undefined) first = line;
        else {
          done = true;
          send(line + first);
        }
      });
    },
  },
];
