// Flags and environment in one table: parsed here, shown by --help, and rendered to docs/options.md. A flag wins
// over its variable. Pure: argv and the environment come in, options or a usage error go out.
import { parseArgs } from 'node:util';

export interface OptionRow {
  readonly flag: string;
  readonly variable: string;
  readonly fallback: string;
  readonly meaning: string;
}

export const OPTION_TABLE = [
  {
    flag: 'metrics-bind-address',
    variable: 'METRICS_BIND_ADDRESS',
    fallback: ':9494',
    meaning: 'Where /metrics is served: `:port`, `host:port`, or `0` for nowhere.',
  },
  {
    flag: 'health-probe-bind-address',
    variable: 'HEALTH_PROBE_BIND_ADDRESS',
    fallback: ':9495',
    meaning: 'Where /healthz and /readyz are served: `:port`, `host:port`, or `0` for nowhere.',
  },
  {
    flag: 'log-level',
    variable: 'LOG_LEVEL',
    fallback: 'info',
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  },
  {
    flag: 'leader-elect',
    variable: 'LEADER_ELECT',
    fallback: 'true',
    meaning:
      '`true`: only the holder of the Lease hybridnetwork-operator writes. `false`: this is the only copy.',
  },
  {
    flag: 'namespace',
    variable: 'POD_NAMESPACE',
    fallback: 'hybridnetwork-system',
    meaning: 'The operator’s own namespace: its Lease and the Secrets of `credentials.secretRef` are there.',
  },
  {
    flag: 'identity',
    variable: 'POD_NAME',
    fallback: '',
    meaning: 'The name of this copy in Lease and Events; a random one when empty.',
  },
  {
    flag: 'fight-limit',
    variable: 'FIGHT_LIMIT',
    fallback: '3',
    meaning:
      'How often within ten minutes a field that somebody else keeps changing is put right at once; after that repairs are delayed and the status says who it is. `0`: always at once.',
  },
] as const satisfies readonly OptionRow[];

export interface Options {
  readonly metricsAddress: string;
  readonly healthAddress: string;
  readonly logLevel: string;
  readonly leaderElect: boolean;
  readonly namespace: string;
  readonly identity: string;
  /** 0: no limit. */
  readonly fightLimit: number;
}

export type ParsedOptions =
  | { readonly state: 'run'; readonly options: Options }
  | { readonly state: 'help'; readonly text: string }
  | { readonly state: 'wrong'; readonly problem: string };

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

type Flag = (typeof OPTION_TABLE)[number]['flag'];
type Environment = Readonly<Record<string, string | undefined>>;

export function helpText(): string {
  const rows = OPTION_TABLE.map(
    ({ flag, variable, fallback, meaning }) =>
      `  --${flag}, ${variable}\n      ${meaning}${fallback === '' ? '' : ` Default: ${fallback}`}`,
  );
  return `The HybridNetwork operator. The cluster comes from KUBECONFIG, or from the pod's ServiceAccount.\n\n${rows.join('\n')}\n`;
}

function readFlags(argv: readonly string[]): Partial<Record<string, string | boolean>> {
  const options = Object.fromEntries(OPTION_TABLE.map(({ flag }) => [flag, { type: 'string' as const }]));
  return parseArgs({ args: [...argv], options: { ...options, help: { type: 'boolean' } }, strict: true })
    .values;
}

function problemWith(name: Flag, value: string): string | undefined {
  switch (name) {
    case 'log-level':
      return LEVELS.includes(value) ? undefined : `must be one of ${LEVELS.join(', ')}`;
    case 'leader-elect':
      return value === 'true' || value === 'false' ? undefined : 'must be true or false';
    case 'metrics-bind-address':
    case 'health-probe-bind-address':
      return value === '0' || /:\d{1,5}$/.test(value) ? undefined : 'must be `:port`, `host:port` or `0`';
    case 'namespace':
      return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)
        ? undefined
        : 'must be the name of a namespace';
    case 'fight-limit':
      return /^\d{1,3}$/.test(value) ? undefined : 'must be a number up to 999, 0 for no limit';
    case 'identity':
      return undefined;
  }
}

/** Options from a command line and an environment. */
export function parseOptions(argv: readonly string[], env: Environment): ParsedOptions {
  let flags: Partial<Record<string, string | boolean>>;
  try {
    flags = readFlags(argv);
  } catch (error) {
    return { state: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
  if (flags['help'] === true) return { state: 'help', text: helpText() };
  const values = new Map<Flag, string>();
  for (const { flag, variable, fallback } of OPTION_TABLE) {
    const given = flags[flag] ?? (env[variable] === '' ? undefined : env[variable]);
    const value = typeof given === 'string' ? given : fallback;
    const problem = problemWith(flag, value);
    if (problem !== undefined)
      return { state: 'wrong', problem: `--${flag} (${variable}) ${problem}, not "${value}"` };
    values.set(flag, value);
  }
  const get = (flag: Flag): string => values.get(flag) ?? '';
  return {
    state: 'run',
    options: {
      metricsAddress: get('metrics-bind-address'),
      healthAddress: get('health-probe-bind-address'),
      logLevel: get('log-level'),
      leaderElect: get('leader-elect') === 'true',
      namespace: get('namespace'),
      identity: get('identity'),
      fightLimit: Number(get('fight-limit')),
    },
  };
}
