// A word with the inspector of a Node process (Chrome DevTools Protocol): the heap that is left after a garbage collection.
// The program under test is the one that ships; only Node was told to listen.
import { eventually } from '../support/eventually.ts';

export interface Inspector {
  /** Bytes in use after a full garbage collection. */
  heapAfterGc(): Promise<number>;
  close(): void;
}

interface Answer {
  readonly id: number;
  readonly result?: { readonly usedSize?: number };
}

/** Connects to the address that Node prints on its stderr. */
export async function inspectorOf(output: () => string): Promise<Inspector> {
  const address = await eventually(() => /ws:\/\/127\.0\.0\.1:\S+/.exec(output())?.[0], {
    what: 'the inspector listens',
  });
  const socket = new WebSocket(address ?? '');
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  let last = 0;
  const ask = async (method: string): Promise<Answer> => {
    last += 1;
    const id = last;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method }));
    return await answered;
  };
  return {
    heapAfterGc: async () => {
      await ask('HeapProfiler.collectGarbage');
      return (await ask('Runtime.getHeapUsage')).result?.usedSize ?? 0;
    },
    close: () => socket.close(),
  };
}
