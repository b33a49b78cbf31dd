// Every flag with its variable, its default and what it means: parsed by options.ts, shown by --help, rendered to docs/options.md.

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
    meaning: 'The operator’s own namespace: its Lease and the Secrets that HybridNetworks name are there.',
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
  {
    flag: 'ram-role-arn',
    variable: 'ALIBABA_CLOUD_ROLE_ARN',
    fallback: '',
    meaning:
      'RRSA: the RAM role by which the checks ask ECS and VPC, `acs:ram::UID:role/NAME`. With the next two, which belong to it.',
  },
  {
    flag: 'oidc-provider-arn',
    variable: 'ALIBABA_CLOUD_OIDC_PROVIDER_ARN',
    fallback: '',
    meaning: 'RRSA: the identity provider of the cluster in RAM, `acs:ram::UID:oidc-provider/NAME`.',
  },
  {
    flag: 'oidc-token-file',
    variable: 'ALIBABA_CLOUD_OIDC_TOKEN_FILE',
    fallback: '',
    meaning: 'RRSA: the file with the token of the service account, whose audience is `sts.aliyuncs.com`.',
  },
  {
    flag: 'ecs-ram-role',
    variable: 'ALIBABA_CLOUD_ECS_METADATA',
    fallback: '',
    meaning:
      'The name of the RAM role of the ECS instance that the operator runs on: the checks ask by it. RRSA goes before it.',
  },
  {
    flag: 'identity-endpoint',
    variable: 'CLOUD_IDENTITY_ENDPOINT',
    fallback: '',
    meaning:
      'Where STS and the metadata of the instance are asked for these two, `https://host:port`: a private endpoint, or the emulator. When empty, the STS of the region, and 100.100.100.200.',
  },
] as const satisfies readonly OptionRow[];
