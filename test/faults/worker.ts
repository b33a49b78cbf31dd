// One of the processes that share the campaign: a world of its own, one plan after the other.
import { planIds, rehearse, runOne } from './rehearsal.ts';
import type { Result } from './run-plan.ts';
import { startWorld } from './world.ts';

export type ToWorker = { readonly run: string } | { readonly end: true };
export type FromWorker =
  { readonly ready: readonly string[] } | { readonly result: Result } | { readonly broken: string };

function tell(message: FromWorker): void {
  process.send?.(message);
}

async function work(): Promise<void> {
  const alarms: string[] = [];
  const alarm = (error: unknown): void =>
    void alarms.push(error instanceof Error ? String(error.stack) : String(error));
  process.on('uncaughtException', alarm);
  process.on('unhandledRejection', alarm);
  const world = await startWorld();
  const end = async (): Promise<never> => {
    await world.stop();
    process.exit(0);
  };
  process.once('disconnect', () => void end());
  const rehearsed = await rehearse(world);
  process.on('message', (message: ToWorker) => {
    if ('end' in message) {
      void end();
      return;
    }
    void runOne(world, rehearsed, message.run).then((result) => {
      const why = alarms.splice(0).join('\n');
      tell({ result: why === '' ? result : { ...result, outcome: 'lost', why } });
    });
  });
  tell({ ready: planIds(rehearsed) });
}

if (process.send !== undefined) {
  try {
    await work();
  } catch (error) {
    tell({ broken: error instanceof Error ? String(error.stack) : String(error) });
  }
}
