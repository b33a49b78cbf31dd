// The demo checks what it shows; this runs it as a newcomer would.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const DEMO = fileURLToPath(new URL('../demo/demo.ts', import.meta.url));

test('the demo tells its story to the end', async () => {
  const child = spawn(process.execPath, ['--disable-warning=DEP0040', DEMO], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => (output += chunk));
  }
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  expect({ code, end: code === 0 ? '' : output.slice(-4_000) }).toEqual({ code: 0, end: '' });
  for (const heading of [
    'One object says how it shall be',
    'ECS and VPC are asked whether it can work',
    'A key with a slip of the pen is tried and not published',
    'Tampering is repaired',
    'Deleting it with Restore asks first',
  ]) {
    expect(output).toContain(heading);
  }
}, 240_000);
