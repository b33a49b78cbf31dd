// The process: reads the command line and the environment, starts the operator, and ends it on a signal. The only place,
// with cli.ts, that touches process.env or process.exit.
import { parseOptions } from './options.ts';
import { createLogger, LogCensor, refuseHeaderDumps } from './runtime/logger.ts';
import type { Logger } from './runtime/logger.ts';
import { startOperator } from './wiring/operator.ts';
import type { RunningOperator } from './wiring/operator.ts';

function stopOnSignals(running: RunningOperator, log: Logger): void {
  const stop = async (signal: NodeJS.Signals): Promise<never> => {
    log.info({ signal }, 'stopping');
    try {
      await running.stop();
      return process.exit(0);
    } catch (error) {
      log.error({ err: error }, 'could not stop cleanly');
      return process.exit(1);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, (name) => void stop(name));
}

// Node would print the error itself, past the censor of the log.
function dieThroughTheLog(log: Logger): void {
  const die = (error: unknown): void => {
    log.fatal({ err: error }, 'an error that nobody expected');
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}

async function main(): Promise<void> {
  const parsed = parseOptions(process.argv.slice(2), process.env);
  if (parsed.state === 'help') {
    process.stdout.write(parsed.text);
    return;
  }
  if (parsed.state === 'wrong') {
    process.stderr.write(`${parsed.problem}\nSee --help.\n`);
    process.exitCode = 2;
    return;
  }
  refuseHeaderDumps(process.env);
  const censor = new LogCensor();
  const log = createLogger({ level: parsed.options.logLevel, censor });
  dieThroughTheLog(log);
  stopOnSignals(await startOperator(parsed.options, { log, censor }), log);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
