import { describe, expect, test } from '@jest/globals';
import { parseArguments } from '../../../src/cli/arguments.ts';

function commandOf(line: string, env: Readonly<Record<string, string>> = {}) {
  const parsed = parseArguments(line.split(' '), env);
  if (parsed.state !== 'run') throw new Error(`${line}: ${JSON.stringify(parsed)}`);
  return parsed.command;
}

const KUBECONFIG = { KUBECONFIG: '/home/me/.kube/config' };

describe('a command line', () => {
  test('asks for all checks of all networks of the cluster', () => {
    expect(commandOf('check')).toEqual({
      name: 'check',
      network: undefined,
      file: undefined,
      output: 'table',
      withCluster: true,
      assumedTerway: undefined,
      skip: [],
      maxNodes: undefined,
      namespace: 'hybridnetwork-system',
    });
  });

  test('names a network, a version, a limit, and what to skip', () => {
    const line = 'check idc -o json --assume-terway v1.16.6 --skip C01,c02 --skip C03 --max-nodes 100';
    expect(commandOf(line)).toMatchObject({
      network: 'idc',
      output: 'json',
      assumedTerway: 'v1.16.6',
      skip: ['C01', 'C02', 'C03'],
      maxNodes: 100,
    });
  });

  test.each([
    { line: 'check', env: {}, isRead: true },
    { line: 'check -f x.yaml', env: {}, isRead: false },
    { line: 'check -f x.yaml', env: KUBECONFIG, isRead: true },
    { line: 'plan -f x.yaml --offline', env: KUBECONFIG, isRead: false },
  ])('$line with $env reads the cluster: $isRead', ({ line, env, isRead }) => {
    expect(commandOf(line, env).withCluster).toBe(isRead);
  });

  test.each(['--help', '-h', 'help', 'check --help'])('%s tells how', (line) => {
    expect(parseArguments(line.split(' '), {})).toMatchObject({
      state: 'help',
      text: expect.stringContaining('Exit code: 0') as unknown,
    });
  });

  test.each([
    ['', 'There is no command'],
    ['chek', 'There is no command chek: check or plan'],
    ['check a b', 'Too many arguments: b'],
    ['check -o yaml', '--output must be table or json, not yaml'],
    ['check --assume-terway latest', '--assume-terway must be a version such as 1.16.6, not latest'],
    ['check --max-nodes none', '--max-nodes must be a number, not none'],
    ['check --offline', '--offline needs an object: give a file with -f'],
    ['plan --skip C01', '--skip is for check only'],
    ['check --nonsense', "Unknown option '--nonsense'"],
  ])('%j is refused: %s', (line, problem) => {
    expect(parseArguments(line.split(' '), {})).toEqual({
      state: 'wrong',
      problem: expect.stringContaining(problem) as unknown,
    });
  });

  test('without anything is refused', () => {
    expect(parseArguments([], {})).toMatchObject({ problem: 'A command is missing: check or plan' });
  });
});
