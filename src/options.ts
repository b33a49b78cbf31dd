// Flags and environment in one table: parsed here, shown by --help, and rendered to docs/options.md. A flag wins
// over its variable. Pure: argv and the environment come in, options or a usage error go out.
import { parseArgs } from 'node:util';
import { OPTION_TABLE } from './option-table.ts';

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
  /** RRSA: all three, or empty. */
  readonly ramRoleArn: string;
  readonly oidcProviderArn: string;
  readonly oidcTokenFile: string;
  /** Empty: none. */
  readonly ecsRamRole: string;
  /** Of STS and the metadata of the instance; empty: by the region. */
  readonly identityEndpoint: string;
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
  'identity-endpoint': {
    allows: (value) => value === '' || isOrigin(value),
    problem: 'must be `https://host:port`',
  },
  'ram-role-arn': {
    allows: (value) => value === '' || /^acs:ram::\d+:role\/[\w.-]{1,64}$/.test(value),
    problem: 'must be `acs:ram::UID:role/NAME`',
  },
  'oidc-provider-arn': {
    allows: (value) => value === '' || /^acs:ram::\d+:oidc-provider\/[\w.-]{1,128}$/.test(value),
    problem: 'must be `acs:ram::UID:oidc-provider/NAME`',
  },
  'ecs-ram-role': {
    allows: (value) => /^[\w.-]{0,64}$/.test(value),
    problem: 'must be the name of a RAM role',
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

const RRSA = ['ram-role-arn', 'oidc-provider-arn', 'oidc-token-file'] as const satisfies Flag[];

// With a part of it alone the checks would ask by another identity than the one that was meant.
function problemAcross(get: (flag: Flag) => string): string | undefined {
  const given = RRSA.filter((flag) => get(flag) !== '');
  if (given.length === 0 || given.length === RRSA.length) return undefined;
  const names = OPTION_TABLE.filter(({ flag }) => RRSA.some((one) => one === flag)).map(
    ({ flag, variable }) => `--${flag} (${variable})`,
  );
  return `${names.join(', ')} belong together: set all of them, or none`;
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
  const problem = problemAcross(get);
  if (problem !== undefined) return { state: 'wrong', problem };
  return { state: 'run', options: optionsFrom(get) };
}

function optionsFrom(get: (flag: Flag) => string): Options {
  return {
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
    ramRoleArn: get('ram-role-arn'),
    oidcProviderArn: get('oidc-provider-arn'),
    oidcTokenFile: get('oidc-token-file'),
    ecsRamRole: get('ecs-ram-role'),
    identityEndpoint: get('identity-endpoint'),
  };
}
