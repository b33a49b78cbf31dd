// `npm run emulator [-- --port 8787]`: the emulated cloud alone, until Ctrl-C.
import { parseArgs } from 'node:util';
import { GOOD_KEY, INSTANCE, REGION, SECURITY_GROUP, V_SWITCH, VPC } from './world.ts';
import { startEmulator } from './server.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '8787' } } });
const emulator = await startEmulator({ port: Number(values.port) });

console.log(`ECS, VPC and STS at ${emulator.url}: the endpoint of any SDK (HTTP).
region ${REGION}, ${VPC}, ${V_SWITCH}, ${SECURITY_GROUP}, ${INSTANCE}
access key ${GOOD_KEY.accessKeyId}, secret ${GOOD_KEY.accessKeySecret} (of this emulator only)
Ctrl-C ends it.`);

process.on('SIGINT', () => {
  void emulator.close();
});
