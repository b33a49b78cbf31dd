import type { Vpc } from '../../plan/cloud-facts.ts';
import { describeVpcs } from '../api.ts';
import type { Ask } from './ask.ts';
import { text } from './ask.ts';

/** By id, as many as exist; at most 20 at once. */
export async function readVpcs(ask: Ask, vpcIds: readonly string[]): Promise<ReadonlyMap<string, Vpc>> {
  const query = { regionId: ask.regionId, vpcId: vpcIds.join(','), pageSize: 50 };
  const { vpcs } = await ask.send(describeVpcs, query);
  return new Map(
    (vpcs?.vpc ?? []).map((raw) => [
      text(raw.vpcId),
      {
        id: text(raw.vpcId),
        cidr: text(raw.cidrBlock),
        secondaryCidrs: raw.secondaryCidrBlocks?.secondaryCidrBlock ?? [],
        userCidrs: raw.userCidrs?.userCidr ?? [],
        natGatewayIds: raw.natGatewayIds?.natGatewayIds ?? [],
        status: text(raw.status),
        inCen: raw.cenStatus === 'Attached',
      },
    ]),
  );
}
