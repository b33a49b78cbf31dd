// Finds the tools of list.ts. What is missing is built or installed, once for each state of its pins, into the cache in
// which the control plane is kept; of several processes that want it at once one does it and the others wait.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, missing } from '../cluster/build.ts';
import { cacheDir, kubernetesLinkerFlags } from '../cluster/gomod.ts';
import type { GoModule } from '../cluster/gomod.ts';
import { TOOLS } from './list.ts';
import type { FilesName, GoFiles, GoProgram, OwnGoProgram, ProgramName, Tool, ToolName } from './list.ts';
import { installPython, pythonCache } from './python.ts';

export type Log = (line: string) => void;

export interface Found {
  /** As its pins say: `v4.3.1`. */
  readonly version: string;
  /** The folder of its programs or files. */
  readonly dir: string;
  /** Nothing is missing there. */
  readonly ready: boolean;
}

/** Where a tool is, or will be; nothing is built. */
export async function lookUp(name: ToolName): Promise<Found> {
  const tool: Tool = TOOLS[name];
  const version = versionOf(tool);
  switch (tool.kind) {
    case 'go-program':
    case 'own-go-program': {
      const module = moduleOf(name, tool);
      const dir = cacheDir(module);
      return { version, dir, ready: missing(dir, Object.keys(module.packages)).length === 0 };
    }
    case 'go-files': {
      const dir = await filesIn(tool, 'off').catch(() => '');
      return { version, dir, ready: dir !== '' && existsSync(dir) };
    }
    case 'python-program': {
      const dir = pythonCache(name, tool);
      return { version, dir, ready: missing(dir, tool.programs).length === 0 };
    }
  }
}

/** Builds, installs or downloads what is missing, and returns the folder. */
export async function provide(name: ToolName, log: Log = toStderr): Promise<string> {
  const tool: Tool = TOOLS[name];
  const { dir, ready } = await lookUp(name);
  if (ready) return dir;
  switch (tool.kind) {
    case 'go-program':
    case 'own-go-program':
      await buildInto(dir, moduleOf(name, tool), log);
      return dir;
    case 'go-files':
      log(`downloading the files of ${tool.module} ${versionOf(tool)} …`);
      return await filesIn(tool);
    case 'python-program':
      await installPython(name, tool, log);
      return dir;
  }
}

/** The path of a tool's program; where it has several, of the one that is named. */
export async function programOf(name: ProgramName, program: string = name): Promise<string> {
  return join(await provide(name), program);
}

/** The folder with a tool's files, which nobody may write to. */
export async function filesOf(name: FilesName): Promise<string> {
  return await provide(name);
}

async function buildInto(cache: string, module: GoModule, log: Log): Promise<void> {
  const terminal = log === toStderr && process.stderr.isTTY;
  await build({ module, cache, names: Object.keys(module.packages), log, terminal });
}

function moduleOf(name: string, tool: GoProgram | OwnGoProgram): GoModule {
  const own = tool.kind === 'own-go-program';
  const isKubernetes = !own && tool.isKubernetes === true;
  return {
    dir: tool.dir,
    name: `${name}-tool`,
    packages: own ? { [tool.program]: '.' } : tool.packages,
    sources: ['go.mod', 'go.sum', ...(own ? ['main.go'] : [])],
    linkerFlags: isKubernetes ? kubernetesLinkerFlags(versionOf(tool)) : '-s -w',
  };
}

/** The module's folder in Go's own cache. GOPROXY=off: only if it is there already. */
async function filesIn({ dir, module }: GoFiles, goProxy?: 'off'): Promise<string> {
  const env = { ...process.env, GOWORK: 'off', ...(goProxy === undefined ? {} : { GOPROXY: goProxy }) };
  try {
    const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], {
      cwd: dir,
      env,
    });
    return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
  } catch (error) {
    const { stdout = '', message } = error as Error & { readonly stdout?: string };
    throw new Error(
      `The files of ${module}, which tests read, could not be downloaded by Go: install Go, put it on PATH, and see that it reaches its module proxy.\n${stdout}${message}`,
      { cause: error },
    );
  }
}

export function versionOf(tool: Tool): string {
  switch (tool.kind) {
    case 'go-program':
      return pinnedIn(join(tool.dir, 'go.mod'), Object.values(tool.packages)[0] ?? '');
    case 'own-go-program':
      return pinnedIn(join(tool.dir, 'go.mod'), tool.library);
    case 'go-files':
      return pinnedIn(join(tool.dir, 'go.mod'), tool.module);
    case 'python-program':
      return (
        /==([^\s\\]+)/.exec(readFileSync(join(tool.dir, 'requirements.txt'), 'utf8'))?.[1] ?? 'not pinned'
      );
  }
}

/** The version of the module that the package belongs to: the longest path that the package's begins with. */
function pinnedIn(path: string, wanted: string): string {
  const lines = readFileSync(path, 'utf8').matchAll(/^\s*(?:require )?(\S+) (v\S+)/gm);
  const pins = [...lines].map(([, module = '', version = '']) => ({ module, version }));
  const own = pins.filter(({ module }) => wanted === module || wanted.startsWith(`${module}/`));
  const [pin] = own.toSorted((one, other) => other.module.length - one.module.length);
  if (pin === undefined) throw new Error(`${path} pins no module that ${wanted} belongs to`);
  return pin.version;
}

export function toStderr(line: string): void {
  process.stderr.write(`tools: ${line}\n`);
}
