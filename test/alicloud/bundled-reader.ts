// A program for test/integration/cloud-bundle.test.ts, which bundles it as the operator is: asks everything once, and says
// what came and what it took.
import { createCloud } from '../../src/cloud/cloud.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { identityOf } from '../support/make-identity.ts';
import { GOOD_KEY, INSTANCE, REGION, SECURITY_GROUP, V_SWITCH } from './world.ts';

const cloud = createCloud({ clock: systemClock, endpoint: process.argv[2] });
const [startedAt, rss] = [performance.now(), process.memoryUsage.rss()];
const query = {
  regionId: REGION,
  vSwitchIds: [V_SWITCH],
  securityGroupIds: [SECURITY_GROUP],
  instanceIds: [INSTANCE],
};
const facts = await cloud.reader(async () => identityOf(GOOD_KEY)).gather(query);
const states = Object.entries(facts).map(([name, fact]: [string, unknown]) => [
  name,
  typeof fact === 'object' && fact !== null && 'state' in fact ? fact.state : fact,
]);
console.log(
  JSON.stringify({
    facts: Object.fromEntries(states) as unknown,
    ms: Math.round(performance.now() - startedAt),
    megabytes: (process.memoryUsage.rss() - rss) / 1e6,
  }),
);
await cloud.close();
