// `npm run cluster -- …`: a real control plane for a person, in the background.
import { parseArgs } from 'node:util';
import { apiClient } from './api.ts';
import { healthOf, startInBackground, stopInBackground } from './background.ts';
import { locateBinaries } from './binaries.ts';
import type { Health } from './daemon-protocol.ts';
import { readAccess, writeServiceAccountKubeconfig } from './kubeconfig.ts';
import { type Instance, readInstance, readInstances } from './state.ts';

const usage = `Usage: npm run cluster -- COMMAND [--name NAME]

  up [--idc 4] [--ecs 3] [--vk 1]         start a control plane in the background, with that many on-premises,
                                          cloud (ECS) and virtual nodes
  status                                  what runs, and how it is
  kubeconfig [NAMESPACE/SERVICEACCOUNT]   print the path of the admin's kubeconfig, or of a ServiceAccount's
  down [--all]                            stop it and delete everything it has left

Several run side by side by --name; without it the name is "default".`;

class UsageError extends Error {}

interface Arguments {
  readonly command: string;
  readonly operands: readonly string[];
  readonly name: string;
  readonly all: boolean;
  readonly counts: { readonly idc: number; readonly ecs: number; readonly vk: number };
}

async function main(argv: readonly string[]): Promise<number> {
  const args = readArguments(argv);
  const command = Object.hasOwn(commands, args.command) ? commands[args.command] : undefined;
  if (command === undefined) throw new UsageError(`there is no command "${args.command}"`);
  return await command(args);
}

const commands: Record<string, (args: Arguments) => Promise<number>> = { up, status, kubeconfig, down, help };

async function help(): Promise<number> {
  print(usage);
  return await Promise.resolve(0);
}

async function up({ name, counts }: Arguments): Promise<number> {
  const begun = performance.now();
  const binaries = await locateBinaries({ verbose: true });
  const { instance, wasRunning } = await startInBackground({ name, nodes: counts, binaries }, (line) => {
    process.stderr.write(`control plane: ${line}\n`);
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  print(wasRunning ? `"${name}" is already running.` : `"${name}" is up after ${seconds} s.`);
  print(describe(instance));
  return 0;
}

function describe({ name, url, kubeconfig: path, kubectl, versions, nodes }: Instance): string {
  const suffix = name === 'default' ? '' : ` --name ${name}`;
  return `  ${versions}, ${url}
  nodes: ${nodes.idc ?? 0} on-premises (idc-…), ${nodes.ecs ?? 0} cloud (ecs-…), ${nodes.vk ?? 0} virtual (vk-…)

It keeps running in the background. To use it:
  export KUBECONFIG=${path}
  ${kubectl} get nodes -L alibabacloud.com/external,type

With the rights of a ServiceAccount, and to end it:
  export KUBECONFIG=$(npm run -s cluster -- kubeconfig NAMESPACE/SERVICEACCOUNT${suffix})
  npm run cluster -- down${suffix}`;
}

async function status(): Promise<number> {
  const instances = readInstances();
  if (instances.length === 0) print('No control plane is running.');
  const healths = await Promise.all(instances.map((instance) => healthOf(instance)));
  for (const [index, instance] of instances.entries()) print(statusLine(instance, healths[index]));
  return healths.every((health) => health?.ready === true && health.down.length === 0) ? 0 : 1;
}

function statusLine(instance: Instance, health: Health | undefined): string {
  const suffix = instance.name === 'default' ? '' : ` --name ${instance.name}`;
  if (health === undefined) {
    return `${instance.name}: broken, its processes are gone. "npm run cluster -- down${suffix}" cleans up.`;
  }
  const where = `${instance.url}, ${instance.versions}, ${health.nodes} nodes, since ${instance.started}`;
  if (health.down.length > 0)
    return `${instance.name}: broken, ${health.down.join(', ')} not running; ${where}`;
  return `${instance.name}: ${health.ready ? 'ready' : 'not ready'}; ${where}`;
}

async function kubeconfig({ name, operands }: Arguments): Promise<number> {
  const instance = readInstance(name);
  if (instance === undefined)
    throw new Error(`"${name}" is not running; start it with "npm run cluster -- up"`);
  const [account] = operands;
  if (account === undefined) {
    print(instance.kubeconfig);
    return 0;
  }
  const [namespace = '', serviceAccount = '', ...rest] = account.split('/');
  if (namespace === '' || serviceAccount === '' || rest.length > 0) {
    throw new UsageError(`"${account}" is not NAMESPACE/SERVICEACCOUNT`);
  }
  const access = readAccess(instance.kubeconfig);
  const api = apiClient(access.url, access.ca, access.token);
  try {
    print(
      await writeServiceAccountKubeconfig(api, access, {
        namespace,
        name: serviceAccount,
        dir: instance.dir,
      }),
    );
  } finally {
    api.close();
  }
  return 0;
}

async function down({ name, all }: Arguments): Promise<number> {
  const instances = all ? readInstances() : [readInstance(name)].filter((instance) => instance !== undefined);
  for (const instance of instances) {
    await stopInBackground(instance);
    print(`"${instance.name}" is gone.`);
  }
  if (instances.length === 0) print(all ? 'No control plane is running.' : `"${name}" is not running.`);
  return 0;
}

function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parsed(argv);
  const [command = 'help', ...operands] = positionals;
  if (operands.length > (command === 'kubeconfig' ? 1 : 0))
    throw new UsageError(`too many arguments for ${command}`);
  const { name = 'default', all = false, help: wantsHelp = false } = values;
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new UsageError(`"${name}" is no name: up to 40 lower-case letters, digits and dashes`);
  }
  const counts = {
    idc: count('idc', values.idc, 4),
    ecs: count('ecs', values.ecs, 3),
    vk: count('vk', values.vk, 1),
  };
  const unfit = Object.keys(values).filter((option) => !(options[command] ?? everyOption).includes(option));
  if (unfit.length > 0) throw new UsageError(`"${command}" takes no --${unfit[0]}`);
  return { command: wantsHelp ? 'help' : command, operands, name, all, counts };
}

const everyOption = ['name', 'all', 'idc', 'ecs', 'vk', 'help'];
const options: Record<string, readonly string[]> = {
  up: ['name', 'idc', 'ecs', 'vk', 'help'],
  status: ['help'],
  kubeconfig: ['name', 'help'],
  down: ['name', 'all', 'help'],
};

function parsed(argv: readonly string[]) {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        name: string,
        idc: string,
        ecs: string,
        vk: string,
        all: boolean,
        help: { ...boolean, short: 'h' },
      },
    });
  } catch (error) {
    // Node adds advice that is no use here.
    throw new UsageError(messageOf(error).split('. ')[0]);
  }
}

function count(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,5}$/.test(text)) throw new UsageError(`--${option} takes a number of nodes, not "${text}"`);
  return Number(text);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = messageOf(error);
  process.stderr.write(error instanceof UsageError ? `${message}\n\n${usage}\n` : `${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
