// The harness's own questions, while a plan takes the API server away: asked again until it is back.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../cluster/api.ts';

/** Longer than a restart of the API server takes on a busy machine. */
const PATIENCE_MS = 60_000;

/** Reads that get no answer are repeated; what writes is not, it may have been done. */
export function patientApi(api: ApiClient): ApiClient {
  const patiently = async <T>(method: string, ask: () => Promise<T>): Promise<T> => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (method !== 'GET' || !isCut(error) || performance.now() > deadline) throw error;
        await sleep(50);
      }
    }
  };
  return {
    ...api,
    request: async (method, ...rest) =>
      await patiently(method, async () => await api.request(method, ...rest)),
    call: async (method, ...rest) => await patiently(method, async () => await api.call(method, ...rest)),
  };
}

function isCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
