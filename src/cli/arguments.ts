// The command line of the reader. Pure: argv and the environment come in, a command or a usage error go out.
import { parseArgs } from 'node:util';

export interface Command {
  readonly name: 'check' | 'plan';
  /** Of the HybridNetwork; undefined: all of them. */
  readonly network: string | undefined;
  /** The object comes from this file, `-` for the standard input. */
  readonly file: string | undefined;
  readonly output: 'table' | 'json';
  /** The cluster is read. */
  readonly withCluster: boolean;
  readonly assumedTerway: string | undefined;
  readonly skip: readonly string[];
  readonly maxNodes: number | undefined;
  /** Where the Secret of credentials.secretRef is. */
  readonly namespace: string;
}

export type ParsedArguments =
  | { readonly state: 'run'; readonly command: Command }
  | { readonly state: 'help'; readonly text: string }
  | { readonly state: 'wrong'; readonly problem: string };

type Environment = Readonly<Record<string, string | undefined>>;

export const HELP = `Usage: npm run -s hn -- check|plan [NAME] [-f FILE] [-o json] [options]

  check   asks every check and says what is wrong, with the remedy
  plan    says what the operator would do, and why; changes nothing

check asks ECS and VPC too, by calls that read only, also where spec.cloud.validation is Disabled: that is said to the operator.
plan tries a new access key as the operator would, and says so where it could not.

The HybridNetworks come from the cluster of KUBECONFIG: the one called NAME, or all of them. With -f the object comes
from a file (- for the standard input); the cluster is read as well where KUBECONFIG is set.

  -f, --filename FILE        a HybridNetwork in YAML or JSON
  -o, --output table|json    default: table
      --offline              read no cluster; with -f only
      --assume-terway V      check: judge by this version of Terway, before an upgrade to it
      --skip C01,C02         check: leave these out
      --max-nodes N          check: forecast for so many cloud nodes
      --namespace NAME       of the operator; default: hybridnetwork-system
  -h, --help

check asks Alibaba Cloud with the access key of spec.cloud.credentialsRef, or else of the Secret of Terway's key, or where none
can be read with that of the environment: ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, or a role (docs/checks.md).
HTTPS_PROXY and NO_PROXY are followed; CLOUD_ENDPOINT is a private endpoint.

Exit code: 0 all well, 1 a check of severity error failed or the object is not valid, 2 wrong usage, or something cannot be read.
`;

const OPTIONS = {
  filename: { type: 'string', short: 'f' },
  output: { type: 'string', short: 'o' },
  offline: { type: 'boolean' },
  'assume-terway': { type: 'string' },
  skip: { type: 'string', multiple: true },
  'max-nodes': { type: 'string' },
  namespace: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function read(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
}

type Values = ReturnType<typeof read>['values'];

const VERSION = /^v?\d+\.\d+(\.\d+)?$/;
/** Flags that say nothing to `plan`. */
const ONLY_CHECK = ['assume-terway', 'skip', 'max-nodes'] as const;

function problemWith(values: Values, positionals: readonly string[]): string | undefined {
  const [name, , ...more] = positionals;
  const foreign = ONLY_CHECK.find((flag) => name === 'plan' && values[flag] !== undefined);
  const assumed = values['assume-terway'];
  const problems: readonly (readonly [boolean, string])[] = [
    [name === undefined, 'A command is missing: check or plan'],
    [name !== 'check' && name !== 'plan', `There is no command ${name}: check or plan`],
    [more.length > 0, `Too many arguments: ${more.join(' ')}`],
    [foreign !== undefined, `--${foreign} is for check only`],
    [
      !['table', 'json'].includes(values.output ?? 'table'),
      `--output must be table or json, not ${values.output}`,
    ],
    [
      assumed !== undefined && !VERSION.test(assumed),
      `--assume-terway must be a version such as 1.16.6, not ${assumed}`,
    ],
    [
      !/^[1-9]\d{0,5}$/.test(values['max-nodes'] ?? '1'),
      `--max-nodes must be a number, not ${values['max-nodes']}`,
    ],
    [
      values.offline === true && values.filename === undefined,
      '--offline needs an object: give a file with -f',
    ],
  ];
  return problems.find(([isWrong]) => isWrong)?.[1];
}

function commandOf(values: Values, positionals: readonly string[], env: Environment): Command {
  const [name, network] = positionals;
  const hasKubeconfig = (env['KUBECONFIG'] ?? '') !== '';
  const maxNodes = values['max-nodes'];
  return {
    name: name === 'plan' ? 'plan' : 'check',
    network,
    file: values.filename,
    output: values.output === 'json' ? 'json' : 'table',
    withCluster: values.filename === undefined || (hasKubeconfig && values.offline !== true),
    assumedTerway: values['assume-terway'],
    skip: (values.skip ?? []).flatMap((ids) => ids.split(',')).map((id) => id.trim().toUpperCase()),
    maxNodes: maxNodes === undefined ? undefined : Number(maxNodes),
    namespace: values.namespace ?? 'hybridnetwork-system',
  };
}

export function parseArguments(argv: readonly string[], env: Environment): ParsedArguments {
  let given: ReturnType<typeof read>;
  try {
    given = read(argv);
  } catch (error) {
    return { state: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = given;
  if (values.help === true || positionals[0] === 'help') return { state: 'help', text: HELP };
  const problem = problemWith(values, positionals);
  if (problem !== undefined) return { state: 'wrong', problem };
  return { state: 'run', command: commandOf(values, positionals, env) };
}
