import { describe, expect, test } from '@jest/globals';
import { OPTION_TABLE } from '../../src/option-table.ts';
import { helpText, parseOptions } from '../../src/options.ts';

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
        ramRoleArn: '',
        oidcProviderArn: '',
        oidcTokenFile: '',
        ecsRamRole: '',
        identityEndpoint: '',
      },
    });
  });

  test('a flag wins over its variable, a variable over the default', () => {
    const parsed = parseOptions(['--log-level=debug'], { LOG_LEVEL: 'error', POD_NAMESPACE: 'somewhere' });
    expect(parsed).toMatchObject({ options: { logLevel: 'debug', namespace: 'somewhere' } });
  });

  test('RRSA comes from the variables that its webhook sets', () => {
    const parsed = parseOptions([], {
      ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1:role/reader',
      ALIBABA_CLOUD_OIDC_PROVIDER_ARN: 'acs:ram::1:oidc-provider/ack-rrsa-c1',
      ALIBABA_CLOUD_OIDC_TOKEN_FILE: '/var/run/secrets/tokens/oidc-token',
    });
    expect(parsed).toMatchObject({
      options: {
        ramRoleArn: 'acs:ram::1:role/reader',
        oidcProviderArn: 'acs:ram::1:oidc-provider/ack-rrsa-c1',
        oidcTokenFile: '/var/run/secrets/tokens/oidc-token',
      },
    });
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
    [['--ecs-ram-role=a/b'], '--ecs-ram-role (ALIBABA_CLOUD_ECS_METADATA) must be the name of a RAM role'],
    [
      ['--ram-role-arn=acs:ram::1:role/reader'],
      '--ram-role-arn (ALIBABA_CLOUD_ROLE_ARN), --oidc-provider-arn (ALIBABA_CLOUD_OIDC_PROVIDER_ARN), --oidc-token-file (ALIBABA_CLOUD_OIDC_TOKEN_FILE) belong together',
    ],
    [['--ram-role-arn=reader'], '--ram-role-arn (ALIBABA_CLOUD_ROLE_ARN) must be `acs:ram::UID:role/NAME`'],
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
