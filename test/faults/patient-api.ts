// The harness's own requests, while a plan takes the API server away: asked again until it is back.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../cluster/api.ts';

/** Longer than a restart of the API server takes on a busy machine. */
const PATIENCE_MS = 60_000;

/** What gets no answer is repeated, and so is what a server refuses that is only starting; a POST is not, it may have been done. */
export function patientApi(api: ApiClient): ApiClient {
  const patiently = async <T>(method: string, ask: () => Promise<T>): Promise<T> => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (method === 'POST' || !isAway(error) || performance.now() > deadline) throw error;
        await sleep(50);
      }
    }
  };
  const request: ApiClient['request'] = async (method, path, ...rest) =>
    await patiently(method, async () => {
      const answer = await api.request(method, path, ...rest);
      if (method !== 'POST' && isStarting(answer.status)) throw new Away(`${path}: ${answer.status}`);
      return answer;
    });
  return {
    ...api,
    request,
    call: async (method, ...rest) => await patiently(method, async () => await api.call(method, ...rest)),
  };
}

class Away extends Error {}

function isStarting(status: number): boolean {
  return status === 429 || status === 503;
}

// Not by `instanceof`: in a test the errors of Node's own modules come from another realm.
function isAway(error: unknown): boolean {
  if (error instanceof Away) return true;
  const { code, message = '' } = error as { readonly code?: unknown; readonly message?: string };
  return typeof code === 'string' || /: (429|503) /.test(message);
}
