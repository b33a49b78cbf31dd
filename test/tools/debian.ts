// The Debian packages that tests need, from debian-packages.txt, the only place that names them.
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export function debianPackages(): readonly string[] {
  const lines = readFileSync(new URL('debian-packages.txt', import.meta.url), 'utf8').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** What is not installed; undefined where there is no dpkg to ask, on another system than Debian. */
export async function missingPackages(
  wanted: readonly string[] = debianPackages(),
): Promise<readonly string[] | undefined> {
  const format = ['--showformat', '${Package} ${db:Status-Status}\n'];
  const asked = await promisify(execFile)('dpkg-query', ['--show', ...format, ...wanted]).then(
    ({ stdout }) => stdout,
    // It fails where it does not know one of them, and tells about the others all the same.
    (error: Error & { readonly code?: unknown; readonly stdout?: string }) =>
      error.code === 'ENOENT' ? undefined : (error.stdout ?? ''),
  );
  if (asked === undefined) return undefined;
  const installed = new Set(asked.split('\n').filter((line) => line.endsWith(' installed')));
  return wanted.filter((name) => !installed.has(`${name} installed`));
}

/** Throws, with what to do, where a package of the list is not there. */
export async function requireDebianPackages(): Promise<void> {
  const absent = await missingPackages();
  if (absent === undefined || absent.length === 0) return;
  throw new Error(
    `These Debian packages are missing: ${absent.join(', ')}. Install them by: npm run tools -- install`,
  );
}

/** Installs what is missing, as root or by sudo. Returns what it installed. */
export async function installPackages(): Promise<readonly string[]> {
  const absent = await missingPackages();
  if (absent === undefined) {
    throw new Error(
      `This is no Debian, so nothing can be installed here: see that the machine has what Debian has in ${debianPackages().join(', ')}.`,
    );
  }
  if (absent.length === 0) return [];
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo'];
  await run([...asRoot, 'apt-get', 'update']);
  const quiet = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '--yes', '--no-install-recommends'];
  // Nothing goes for it: Docker's own containerd.io, for one, excludes Debian's.
  await run([...asRoot, 'env', ...quiet, '--no-remove', ...absent]);
  const still = await missingPackages(absent);
  if (still !== undefined && still.length > 0) throw new Error(`apt-get left out: ${still.join(', ')}`);
  return absent;
}

async function run([program = '', ...args]: readonly string[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', () => reject(new Error(`${program} is not there: become root, or install it.`)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${[program, ...args].join(' ')} failed with exit code ${String(code)}.`));
    });
  });
}
