// `npm run tools -- …`: the foreign programs that tests use.
import { installPackages, missingPackages } from './debian.ts';
import { toolNames } from './list.ts';
import type { ToolName } from './list.ts';
import { lookUp, provide } from './tools.ts';

const usage = `Usage: npm run tools -- COMMAND

  install          install the Debian packages of test/tools/debian-packages.txt that are missing, as root or by sudo
  build [NAME…]    build, install or download the tools of test/tools/list.ts that are missing: all, or these
  check            say what is there and what is missing; exit code 1 where something is

Tools: ${toolNames.join(', ')}. They are kept in the user's cache; tests build those that they need by themselves.`;

class UsageError extends Error {}

async function install(): Promise<number> {
  const installed = await installPackages();
  print(installed.length === 0 ? 'Every Debian package is there.' : `Installed: ${installed.join(', ')}.`);
  return 0;
}

async function buildAll(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !isTool(name));
  if (unknown.length > 0) throw new UsageError(`there is no tool ${unknown.join(', ')}`);
  for (const name of names.length === 0 ? toolNames : names.filter(isTool)) {
    print(`${name}: ${await provide(name)}`);
  }
  return 0;
}

async function check(): Promise<number> {
  const found = await Promise.all(toolNames.map(async (name) => ({ name, ...(await lookUp(name)) })));
  for (const { name, version, dir, ready } of found)
    print(`${name} ${version}: ${ready ? dir : `missing; npm run tools -- build ${name}`}`);
  const absent = await missingPackages();
  if (absent === undefined) print('Debian packages: not asked, this is another system');
  else if (absent.length === 0) print('Debian packages: all there');
  else print(`Debian packages: ${absent.join(', ')} missing; npm run tools -- install`);
  return found.every(({ ready }) => ready) && (absent ?? []).length === 0 ? 0 : 1;
}

function isTool(name: string): name is ToolName {
  return (toolNames as readonly string[]).includes(name);
}

async function main([command, ...names]: readonly string[]): Promise<number> {
  if (command === 'build') return await buildAll(names);
  if (command === 'help' || command === '--help') {
    print(usage);
    return 0;
  }
  if (names.length > 0) throw new UsageError(`${command} takes no name`);
  if (command === 'install') return await install();
  if (command === 'check') return await check();
  throw new UsageError(command === undefined ? 'a command is missing' : `there is no command "${command}"`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `${message}\n\n${usage}\n` : `${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
