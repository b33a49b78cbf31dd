import type { InstanceType } from './model.ts';

/** Placeholder, filled below. */
export const INSTANCE_TYPES: readonly InstanceType[] = [
  {
    id: 'ecs.g7.xlarge',
    family: 'ecs.g7',
    cpu: 4,
    memoryGiB: 16,
    enis: 4,
    ipsPerEni: 15,
    ipv6PerEni: 15,
    totalEnis: 20,
    trunk: true,
  },
];
