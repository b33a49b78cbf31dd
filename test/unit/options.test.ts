import { describe, expect, test } from '@jest/globals';
import { helpText, OPTION_TABLE, parseOptions } from '../../src/options.ts';

describe('flags and environment', () => {
  test('nothing given: the defaults of the table', () => {
    expect(parseOptions([], {})).toEqual({
      state: 'run',
      options: {
        metricsAddress: ':9494',
        healthAddress: ':9495',
        logLevel: 'info',
        leaderElect: true,
        namespace: 'hybridnetwork-system',
        identity: '',
        fightLimit: 3,
        cloudEndpoint: '',
        httpsProxy: '',
        noProxy: '',
      },
    });
  });

  test('a flag wins over its variable, a variable over the default', () => {
    const parsed = parseOptions(['--log-level=debug'], { LOG_LEVEL: 'error', POD_NAMESPACE: 'somewhere' });
    expect(parsed).toMatchObject({ options: { logLevel: 'debug', namespace: 'somewhere' } });
  });

  test('an empty variable counts as absent', () => {
    expect(parseOptions([], { LOG_LEVEL: '' })).toMatchObject({ options: { logLevel: 'info' } });
  });

  test.each([
    [['--log-level=loud'], '--log-level (LOG_LEVEL) must be one of'],
    [['--leader-elect=maybe'], '--leader-elect (LEADER_ELECT) must be true or false, not "maybe"'],
    [['--metrics-bind-address=nine'], '--metrics-bind-address (METRICS_BIND_ADDRESS) must be'],
    [['--namespace=Not_A_Name'], '--namespace (POD_NAMESPACE) must be the name of a namespace'],
    [['--fight-limit=often'], '--fight-limit (FIGHT_LIMIT) must be a number up to 999, 0 for no limit'],
    [['--cloud-endpoint=ecs.example'], '--cloud-endpoint (CLOUD_ENDPOINT) must be `https://host:port`, not'],
    [
      ['--cloud-endpoint=https://h/path'],
      '--cloud-endpoint (CLOUD_ENDPOINT) must be `https://host:port`, not',
    ],
    [['--https-proxy=proxy:3128'], '--https-proxy (HTTPS_PROXY) must be `http://host:port`'],
    [['--unknown'], "Unknown option '--unknown'"],
  ])('%s is refused with a sentence that says what is allowed', (argv, problem) => {
    expect(parseOptions(argv, {})).toMatchObject({
      state: 'wrong',
      problem: expect.stringContaining(problem),
    });
  });

  test('the password of a proxy is not repeated where its address is refused', () => {
    const parsed = parseOptions([], { HTTPS_PROXY: 'user:hunter2@proxy' });
    expect(parsed.state).toBe('wrong');
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });

  test('--help shows every flag with its variable', () => {
    expect(parseOptions(['--help'], {})).toEqual({ state: 'help', text: helpText() });
    for (const { flag, variable } of OPTION_TABLE) expect(helpText()).toContain(`--${flag}, ${variable}`);
  });
});
