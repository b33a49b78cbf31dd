// npm run faults: the whole campaign, or with --plan ID one plan of it.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { reportOf, lineOf } from './report.ts';
import type { Result } from './run-plan.ts';
import type { FromWorker, ToWorker } from './worker.ts';

const { values } = parseArgs({
  options: {
    plan: { type: 'string', multiple: true },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    workers: { type: 'string', default: '4' },
    /** Ends after so many, with what has been done by then. */
    minutes: { type: 'string', default: '1000' },
    log: { type: 'string' },
  },
});

interface Worker {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly plans: readonly string[];
}

function send(child: ChildProcess, message: ToWorker): void {
  child.send(message);
}

async function hear({ child, ended }: Omit<Worker, 'plans'>): Promise<FromWorker> {
  const controller = new AbortController();
  try {
    const heard = await Promise.race([once(child, 'message', controller), ended]);
    if (child.exitCode !== null) return { broken: `it ended with exit code ${child.exitCode}` };
    return (heard as [FromWorker])[0];
  } finally {
    controller.abort();
  }
}

async function startWorker(): Promise<Worker> {
  const child = fork(new URL('worker.ts', import.meta.url), { execArgv: ['--disable-warning=DEP0040'] });
  const ended = once(child, 'exit');
  const message = await hear({ child, ended });
  if (!('ready' in message)) throw new Error(`a worker did not come up: ${JSON.stringify(message)}`);
  return { child, ended, plans: message.ready };
}

async function runPlan(worker: Worker, id: string): Promise<Result> {
  send(worker.child, { run: id });
  const message = await hear(worker);
  if ('result' in message) return message.result;
  throw new Error(`the worker of ${id} has ended: ${JSON.stringify(message)}`);
}

function chosen(all: readonly string[]): readonly string[] {
  if (values.plan !== undefined) return values.plan;
  return all.filter((id) => values.only === undefined || new RegExp(values.only).test(id));
}

// Neighbours in the list are alike: dealt out like this, a stop half-way has seen something of everything.
function dealt(ids: readonly string[]): readonly string[] {
  const step = 97;
  return Array.from({ length: step }, (_, at) => ids.filter((_id, index) => index % step === at)).flat();
}

function hasTime(began: number): boolean {
  return performance.now() - began < Number(values.minutes) * 60_000;
}

async function campaign(): Promise<boolean> {
  const start = performance.now();
  const count = values.plan === undefined ? Number(values.workers) : 1;
  const workers = await Promise.all(Array.from({ length: count }, startWorker));
  const ids = chosen(workers[0]?.plans ?? []);
  if (values.list) process.stdout.write(`${ids.join('\n')}\n`);
  else
    process.stdout.write(
      `${ids.length} plans, ${workers.length} worlds, rehearsed in ${((performance.now() - start) / 1_000).toFixed(0)} s\n`,
    );
  const queue = values.list ? [] : [...dealt(ids)];
  const results: Result[] = [];
  const began = performance.now();
  await Promise.all(
    workers.map(async (worker) => {
      for (let id = queue.shift(); id !== undefined && hasTime(began); id = queue.shift()) {
        const first = await runPlan(worker, id);
        // Which of two concurrent requests comes first is not ours to say.
        const result = first.outcome === 'not reached' ? await runPlan(worker, id) : first;
        results.push(result);
        if (result.outcome !== 'survived' || values.plan !== undefined)
          process.stdout.write(lineOf(result, values.plan !== undefined));
        if (results.length % 100 === 0)
          process.stdout.write(
            `${results.length} of ${ids.length} after ${((performance.now() - began) / 1_000).toFixed(0)} s\n`,
          );
      }
      send(worker.child, { end: true });
      await worker.ended;
    }),
  );
  if (values.list) return true;
  if (values.log !== undefined)
    await writeFile(
      values.log,
      JSON.stringify(
        results.filter(({ outcome }) => outcome === 'lost'),
        undefined,
        1,
      ),
    );
  process.stdout.write(reportOf(results, performance.now() - began));
  return results.every(({ outcome }) => outcome !== 'lost');
}

process.exitCode = (await campaign()) ? 0 : 1;
