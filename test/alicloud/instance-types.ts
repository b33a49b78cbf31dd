// True figures of instance types that are on sale. Sources:
//
// families: "General-purpose instance families" and "Compute-optimized instance families" in the ECS user guide
//   (help.aliyun.com), columns ENIs, private IPv4 addresses per ENI, IPv6 addresses per ENI.
// answer: an answer of DescribeInstanceTypes that has been published, as test data of alibaba-cloud-csi-driver
//   (ecs.g7.xlarge, ecs.u1-c1m4.xlarge), as example of the API reference (ecs.g6.16xlarge), and in the documentation of
//   cloud-barista (ecs.r6.8xlarge).
//
// Only answers tell EniTotalQuantity and EniTrunkSupported. Where there is none, the type is given out as one without
// trunks: a number that nobody has published would be taken for one.
import type { InstanceType } from './model.ts';

/** vCPUs, memory in GiB, ENIs, IPv4 per ENI, IPv6 per ENI. */
type Sizes = readonly [number, number, number, number, number];

const FAMILIES: Readonly<Record<string, Sizes>> = {
  'ecs.g9i.large': [2, 8, 3, 6, 6],
  'ecs.g9i.xlarge': [4, 16, 4, 15, 15],
  'ecs.g9i.2xlarge': [8, 32, 4, 15, 15],
  'ecs.g9i.4xlarge': [16, 64, 8, 30, 30],
  'ecs.g9a.large': [2, 8, 3, 6, 6],
  'ecs.g9a.xlarge': [4, 16, 4, 15, 15],
  'ecs.g9a.48xlarge': [192, 768, 15, 50, 50],
  'ecs.g9ae.2xlarge': [8, 32, 4, 15, 15],
  'ecs.g8i.large': [2, 8, 3, 6, 6],
  'ecs.g8i.xlarge': [4, 16, 4, 15, 15],
  'ecs.g8i.2xlarge': [8, 32, 4, 15, 15],
  'ecs.g8i.3xlarge': [12, 48, 8, 15, 15],
  'ecs.c8i.large': [2, 4, 3, 6, 6],
  'ecs.c8i.2xlarge': [8, 16, 4, 15, 15],
  'ecs.c8i.4xlarge': [16, 32, 8, 30, 30],
  'ecs.g7.large': [2, 8, 3, 6, 6],
  'ecs.g7.2xlarge': [8, 32, 4, 15, 15],
  'ecs.g7.4xlarge': [16, 64, 8, 30, 30],
  'ecs.g7.8xlarge': [32, 128, 8, 30, 30],
};

/** The same, and EniTotalQuantity; all of these support trunks. */
const ANSWERS: Readonly<Record<string, readonly [...Sizes, number]>> = {
  'ecs.g7.xlarge': [4, 16, 4, 15, 15, 20],
  'ecs.u1-c1m4.xlarge': [4, 16, 3, 10, 1, 6],
  'ecs.g6.16xlarge': [64, 256, 8, 20, 1, 60],
  'ecs.r6.8xlarge': [32, 256, 8, 20, 1, 40],
};

function instanceType(
  id: string,
  [cpu, memoryGiB, enis, ipsPerEni, ipv6PerEni]: Sizes,
): Omit<InstanceType, 'totalEnis' | 'trunk'> {
  const family = /^ecs\.[^.-]+/.exec(id)?.[0] ?? id;
  return { id, family, cpu, memoryGiB, enis, ipsPerEni, ipv6PerEni };
}

export const INSTANCE_TYPES: readonly InstanceType[] = [
  ...Object.entries(FAMILIES).map(([id, sizes]) => ({
    ...instanceType(id, sizes),
    totalEnis: sizes[2],
    trunk: false,
  })),
  ...Object.entries(ANSWERS).map(([id, [cpu, memory, enis, ipv4, ipv6, totalEnis]]) => ({
    ...instanceType(id, [cpu, memory, enis, ipv4, ipv6]),
    totalEnis,
    trunk: true,
  })),
];
