// Builds and runs the second client (test/alicloud/second-client): Alibaba Cloud's SDK for Go.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, missing } from '../cluster/build.ts';
import { cacheDir } from '../cluster/gomod.ts';
import type { GoModule } from '../cluster/gomod.ts';

const GO_MODULE: GoModule = {
  dir: fileURLToPath(new URL('second-client/', import.meta.url)),
  name: 'second-cloud-client',
  packages: { 'second-client': '.' },
  sources: ['go.mod', 'go.sum', 'main.go'],
  linkerFlags: '-s -w',
};

/** Built once for each state of its sources: about a minute, seconds later. */
export async function buildSecondClient(): Promise<string> {
  const cache = cacheDir(GO_MODULE);
  const names = Object.keys(GO_MODULE.packages);
  if (missing(cache, names).length > 0)
    await build({ module: GO_MODULE, cache, names, log: say, terminal: false });
  return join(cache, 'second-client');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export interface Key {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** What it understood of the answer to each call, or the code of the error. */
export async function askAsSecondClient(
  program: string,
  url: string,
  { accessKeyId, accessKeySecret }: Key,
): Promise<Readonly<Record<string, unknown>>> {
  const env = {
    HOME: process.env['HOME'],
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
  };
  const { stdout } = await promisify(execFile)(program, [new URL(url).host], { env });
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}
