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
  {
    flag: 'cloud-endpoint',
    variable: 'CLOUD_ENDPOINT',
    fallback: '',
    meaning:
      'Where ECS and VPC are asked, `https://host:port`: a private endpoint, or the emulator. When empty, the public endpoints of the region; no object can name another one.',
  },
  {
    flag: 'https-proxy',
    variable: 'HTTPS_PROXY',
    fallback: '',
    meaning:
      'The egress proxy by which ECS and VPC are asked, `http://host:port`. The API server is never asked by it.',
  },
  {
    flag: 'no-proxy',
    variable: 'NO_PROXY',
    fallback: '',
    meaning: 'Hosts that are asked without the proxy, separated by commas: `.aliyuncs.com,10.0.0.1`.',
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
  /** Of the cloud side; empty: by the region. */
  readonly cloudEndpoint: string;
  /** Empty: none. May hold the proxy's password. */
  readonly httpsProxy: string;
  readonly noProxy: string;
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

interface Rule {
  readonly allows: (value: string) => boolean;
  readonly problem: string;
}

const ADDRESS: Rule = {
  allows: (value) => value === '0' || /:\d{1,5}$/.test(value),
  problem: 'must be `:port`, `host:port` or `0`',
};

/** A flag without a rule takes anything. */
const RULES: Readonly<Partial<Record<Flag, Rule>>> = {
  'metrics-bind-address': ADDRESS,
  'health-probe-bind-address': ADDRESS,
  'log-level': {
    allows: (value) => LEVELS.includes(value),
    problem: `must be one of ${LEVELS.join(', ')}`,
  },
  'leader-elect': {
    allows: (value) => value === 'true' || value === 'false',
    problem: 'must be true or false',
  },
  namespace: {
    allows: (value) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value),
    problem: 'must be the name of a namespace',
  },
  'fight-limit': {
    allows: (value) => /^\d{1,3}$/.test(value),
    problem: 'must be a number up to 999, 0 for no limit',
  },
  'cloud-endpoint': {
    allows: (value) => value === '' || isOrigin(value),
    problem: 'must be `https://host:port`',
  },
  'https-proxy': {
    allows: (value) => value === '' || isProxy(value),
    problem: 'must be `http://host:port`',
  },
};

function problemWith(flag: Flag, value: string): string | undefined {
  const rule = RULES[flag];
  return rule === undefined || rule.allows(value) ? undefined : rule.problem;
}

function isOrigin(value: string): boolean {
  return isProxy(value) && new URL(value).origin === value.replace(/\/$/, '');
}

function isProxy(value: string): boolean {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  try {
    decodeURIComponent(new URL(value).password);
    return true;
  } catch {
    return false;
  }
}

// The address of a proxy may hold a password.
function quoted(flag: Flag, value: string): string {
  return flag === 'https-proxy' ? '' : `, not "${value}"`;
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
      return { state: 'wrong', problem: `--${flag} (${variable}) ${problem}${quoted(flag, value)}` };
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
      cloudEndpoint: get('cloud-endpoint'),
      httpsProxy: get('https-proxy'),
      noProxy: get('no-proxy'),
    },
  };
}
