import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, missing } from './build.ts';
import { type BinaryName, binaryNames, cacheDir, controlPlaneModule } from './gomod.ts';

/** The path of every program of the control plane. */
export type Binaries = Readonly<Record<BinaryName, string>>;

export interface LocateOptions {
  /** Told which program comes from where, and the progress of a build. Without it only a build is reported, on stderr. */
  readonly log?: (line: string) => void;
  /** Report the sources on stderr, too. */
  readonly verbose?: boolean;
}

/**
 * Finds the programs: in KUBEBUILDER_ASSETS; what is missing there in a cache outside the repository; what is
 * missing there too is built by Go, once, into that cache.
 */
export async function locateBinaries(options: LocateOptions = {}): Promise<Binaries> {
  const asked = process.env.KUBEBUILDER_ASSETS ?? '';
  const assets = resolve(asked);
  const given = asked === '' ? [] : binaryNames.filter((name) => isExecutable(join(assets, name)));
  const wanted = binaryNames.filter((name) => !given.includes(name));
  const module = controlPlaneModule();
  const cache = cacheDir(module);
  const toBuild = missing(cache, wanted);
  const cached = wanted.filter((name) => !toBuild.includes(name));

  const tell = reporter(options, toBuild.length > 0);
  if (asked !== '') tell(`from KUBEBUILDER_ASSETS (${assets}): ${list(given)}`);
  if (cached.length > 0) tell(`from the cache (${cache}): ${list(cached)}`);
  if (toBuild.length > 0) {
    tell(
      `to be built by Go, once, into ${cache}: ${list(toBuild)} (all six: about five minutes on two cores)`,
    );
    await build({
      module,
      cache,
      names: wanted,
      log: tell,
      terminal: options.log === undefined && process.stderr.isTTY,
    });
  }
  const paths = binaryNames.map((name) => [name, join(given.includes(name) ? assets : cache, name)]);
  return Object.fromEntries(paths) as Binaries;
}

function reporter({ log, verbose = false }: LocateOptions, building: boolean): (line: string) => void {
  if (log !== undefined) return log;
  return verbose || building ? toStderr : (): void => undefined;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function toStderr(line: string): void {
  process.stderr.write(`control plane: ${line}\n`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
