// docs/metrics.md, written from the registry that the operator fills.
import { operatorMetrics } from '../src/wiring/metrics.ts';

export interface ExportedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** What prom-client knows of a metric and its types do not tell. */
interface Registered {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** Every metric that an operator exports, without values; what prom-client adds about process and Node comes last. */
export function exportedMetrics(): readonly ExportedMetric[] {
  const metrics = operatorMetrics();
  metrics.queue.watch({ depth: 0, runningMs: () => [] });
  metrics.cloudSide(() => new Map());
  metrics.leadership(() => false);
  metrics.networks(() => []);
  metrics.watchAges(() => new Map());
  const registered = metrics.registry.getMetricsAsArray() as unknown as readonly Registered[];
  const all = registered.map(({ name, type, help, labelNames }) => ({
    name,
    type,
    labels: labelNames,
    help,
  }));
  return [...all.filter((one) => !isOfProcess(one)), ...all.filter(isOfProcess)];
}

/** Figures about the process and about Node, under the names that every program with prom-client has. */
export function isOfProcess({ name }: Pick<ExportedMetric, 'name'>): boolean {
  return /^(process|nodejs)_/.test(name);
}

interface Section {
  readonly title: string;
  readonly text: string;
  readonly prefix: RegExp;
}

const SECTIONS: readonly Section[] = [
  {
    title: 'HybridNetworks',
    text: `How each object stands, as its status in the cluster says. Only the replica that leads has these series; they are gone with the
object. \`hybridnetwork_condition\` has one series for each condition, with the status and the reason of the moment: ask for
\`max by (network) (hybridnetwork_condition{type="Ready",status="False"})\`, for the reason may change while the status stays.
A condition that is absent, as \`Stalled\` in good times, has none. Types and reasons: [conditions.md](conditions.md).`,
    prefix: /^hybridnetwork_(condition|info|nodes|suspended|actions_awaiting|misplaced|unseen)/,
  },
  {
    title: 'The cloud side',
    text: 'What ECS and VPC said, where they are asked: [checks.md](checks.md).',
    prefix: /^hybridnetwork_(check|free|pod|cloud)_/,
  },
  {
    title: 'The operator',
    text: 'What it did, and how fresh its view of the cluster is.',
    prefix: /^hybridnetwork_(actions_total|watch_age)/,
  },
  {
    title: 'The machinery',
    text: `Under the names that controller-runtime and client-go use, so that dashboards and alerts made for those fit. The controller is
called \`hybridnetwork\`, the Lease \`hybridnetwork-operator\`.`,
    prefix: /^(controller_runtime|workqueue|rest_client|leader_election)_/,
  },
];

function row({ name, type, labels, help }: ExportedMetric): string {
  const shown = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${shown === '' ? '–' : shown} | ${help.replaceAll('|', '\\|')} |`;
}

function section({ title, text, prefix }: Section, metrics: readonly ExportedMetric[]): string {
  const own = metrics.filter(({ name }) => prefix.test(name));
  const table = ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...own.map(row)];
  return `## ${title}\n\n${text}\n\n${table.join('\n')}`;
}

/** docs/metrics.md */
export function renderMetrics(): string {
  const metrics = exportedMetrics().filter((one) => !isOfProcess(one));
  const lost = metrics.filter(({ name }) => SECTIONS.filter(({ prefix }) => prefix.test(name)).length !== 1);
  if (lost.length > 0)
    throw new Error(`in no section of docs/metrics.md: ${lost.map(({ name }) => name).join()}`);
  return `# Metrics

<!-- Generated from src/wiring/metrics.ts by \`npm run generate\`. -->

Every replica serves \`/metrics\` on port 9494. How to have it scraped, and the alerts and the board that are made of it:
[monitoring.md](monitoring.md). No metric holds a key, or a value out of a Secret.

${SECTIONS.map((one) => section(one, metrics)).join('\n\n')}

Beside these there are the figures about the process and about Node.js that prom-client collects, under \`process_\` and \`nodejs_\`:
memory, CPU, file descriptors, event loop, garbage collection.
`;
}
