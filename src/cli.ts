// The command-line reader as a process: `npm run -s hn -- check|plan`. The only place, with main.ts, that touches
// process.env or the exit code.
import { askCloudOf, tryKeyOf } from './cli/ask-cloud.ts';
import { run } from './cli/run.ts';
import { refuseHeaderDumps } from './runtime/logger.ts';

refuseHeaderDumps(process.env);
process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  stdin: process.stdin,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  now: new Date(),
  askCloud: askCloudOf(process.env),
  tryKey: tryKeyOf(process.env),
});
