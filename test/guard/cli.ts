// `npm run tamper`: 1,000 tamperings with what is held, under the guard. `npm run tamper -- --count 200 --restarts 2 --seed 7`
import { parseArgs } from 'node:util';
import { startHybridCluster } from '../support/hybrid-cluster.ts';
import { holdEverything, tableOf, tamper } from './run.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    restarts: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
});

const cluster = await startHybridCluster();
try {
  await cluster.kubectl('apply', '-k', 'deploy/guard');
  await cluster.startOperator();
  const held = await holdEverything(cluster);
  const report = await tamper(cluster, held, {
    count: Number(values.count),
    restarts: Number(values.restarts),
    seed: Number(values.seed),
  });
  process.stdout.write(`${tableOf(report)}\n`);
  for (const line of report.wrong.slice(0, 20)) process.stdout.write(`  ${line}\n`);
  if (report.wrong.length > 0 || report.operatorWrites > 0) process.exitCode = 1;
} finally {
  await cluster.stop();
}
