// The command-line reader: reads once, decides with the very code of the operator, prints, and writes nothing anywhere.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type { CheckFacts } from '../plan/checks/check-facts.ts';
import { cloudQuestion } from '../plan/checks/cloud-question.ts';
import type { CloudQuestion } from '../plan/checks/cloud-question.ts';
import { hasErrors, runChecks, unknownIds } from '../plan/checks/index.ts';
import { checkSettings } from '../plan/checks/settings.ts';
import type { Facts } from '../plan/facts.ts';
import { failureOf } from '../plan/failure.ts';
import { problemsIn } from '../plan/validate.ts';
import type { CloudAnswer } from './ask-cloud.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './arguments.ts';
import { withCluster } from './cluster.ts';
import type { Cluster, Reading } from './cluster.ts';
import { asApplied, networksFrom, UsageError } from './object-file.ts';
import { planReport } from './plan.ts';
import { checkTable, countStates, flat, planTable } from './tables.ts';
import type { CheckReport } from './tables.ts';

export interface Surroundings {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly now: Date;
  /** Asks the cloud for what the checks of one network look at; absent: the cloud is not asked. */
  readonly askCloud?: (question: CloudQuestion) => Promise<CloudAnswer>;
  /** Tries an access key at the cloud, as the operator would; absent: none is tried. */
  readonly tryKey?: Reading['tryKey'];
}

async function textOf(file: string, stdin: NodeJS.ReadableStream): Promise<string> {
  if (file === '-') return await text(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = Object(error) as { readonly code?: unknown };
    throw new UsageError(`${file} cannot be read (${String(code)}).`);
  }
}

async function networksOf(
  { file, network }: Command,
  { networks }: Cluster,
  stdin: NodeJS.ReadableStream,
): Promise<readonly HybridNetwork[]> {
  const source = file === '-' ? 'The standard input' : (file ?? 'The cluster');
  const all =
    file === undefined
      ? networks
      : networksFrom(await textOf(file, stdin), source).map((one) => asApplied(one, networks));
  const wanted = all.filter(({ metadata }) => network === undefined || metadata.name === network);
  if (wanted.length > 0) return wanted;
  throw new UsageError(`${source} holds no HybridNetwork${network === undefined ? '' : ` ${network}`}.`);
}

function problemsWith(network: HybridNetwork): readonly string[] {
  const { skipChecks = [] } = checkSettings(network);
  return [
    ...problemsIn(network).map(({ path, message }) => `${path}: ${message}`),
    ...unknownIds(skipChecks).map((id) => `spec.cloud.skipChecks: there is no check ${id}`),
  ];
}

async function checkOne(
  command: Command,
  cluster: Cluster,
  network: HybridNetwork,
  askCloud: Surroundings['askCloud'],
): Promise<CheckReport> {
  const settings = checkSettings(network);
  const maxNodes = command.maxNodes ?? settings.maxNodes;
  const skip = [...command.skip, ...(settings.skipChecks ?? [])];
  const factsFrom = (facts: Facts, answer?: CloudAnswer): CheckFacts => ({
    network,
    cluster: cluster.isRead ? facts : undefined,
    details: cluster.details,
    cloud: undefined,
    ...answer,
    ...(command.assumedTerway === undefined ? {} : { assumedTerway: command.assumedTerway }),
    ...(maxNodes === undefined ? {} : { maxNodes }),
  });
  const answer = await askCloud?.(await cluster.decide(network, (facts) => cloudQuestion(factsFrom(facts))));
  const results = await cluster.decide(network, (facts) => runChecks(factsFrom(facts, answer), skip));
  return {
    network: network.metadata.name,
    problems: problemsWith(network),
    cluster: cluster.isRead,
    cloud: answer !== undefined && 'cloud' in answer,
    results,
  };
}

interface Printed {
  readonly text: string;
  readonly code: number;
}

async function check(
  command: Command,
  cluster: Cluster,
  networks: readonly HybridNetwork[],
  askCloud: Surroundings['askCloud'],
): Promise<Printed> {
  const unknown = unknownIds(command.skip);
  if (unknown.length > 0) throw new UsageError(`There is no check ${unknown.join(', ')}.`);
  const reports: CheckReport[] = [];
  for (const network of networks) reports.push(await checkOne(command, cluster, network, askCloud));
  const code = reports.some(({ problems, results }) => problems.length > 0 || hasErrors(results)) ? 1 : 0;
  if (command.output === 'table') return { text: reports.map(checkTable).join('\n'), code };
  const plain = reports.map(({ results, ...rest }) => ({
    ...rest,
    counts: countStates(results),
    checks: results.map(flat),
  }));
  return { text: `${JSON.stringify({ networks: plain }, undefined, 2)}\n`, code };
}

async function plan(
  command: Command,
  cluster: Cluster,
  networks: readonly HybridNetwork[],
): Promise<Printed> {
  const reports = await Promise.all(
    networks.map(
      async (network) => await cluster.decide(network, (facts) => planReport(facts, cluster.isRead)),
    ),
  );
  const asText =
    command.output === 'table'
      ? reports.map(planTable).join('\n')
      : `${JSON.stringify({ networks: reports }, undefined, 2)}\n`;
  return { text: asText, code: 0 };
}

/** Runs one command line; resolves with the exit code. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { argv, env, stdin, out, err, now, askCloud, tryKey } = surroundings;
  const parsed = parseArguments(argv, env);
  if (parsed.state === 'help') {
    out(parsed.text);
    return 0;
  }
  if (parsed.state === 'wrong') {
    err(`${parsed.problem}.\nSee --help.\n`);
    return 2;
  }
  const { command } = parsed;
  try {
    const { text: printed, code } = await withCluster(command, { now, tryKey }, async (cluster) => {
      const networks = await networksOf(command, cluster, stdin);
      return command.name === 'plan'
        ? await plan(command, cluster, networks)
        : await check(command, cluster, networks, askCloud);
    });
    out(printed);
    return code;
  } catch (error) {
    err(`${failureOf(error).message}\n`);
    return 2;
  }
}
