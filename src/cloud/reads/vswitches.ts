import type { DescribeVSwitchesResponseBodyVSwitchesVSwitch as Raw } from '@alicloud/vpc20160428/dist/models/DescribeVswitchesResponseBody.js';
import type { VSwitch } from '../../plan/cloud-facts.ts';
import { describeVSwitches } from '../api.ts';
import { readNumberedPages } from '../paging.ts';
import type { Ask } from './ask.ts';
import { filled, text } from './ask.ts';

const PAGE = 50;

/** All vSwitches of a VPC. */
export async function readVSwitches(ask: Ask, vpcId: string): Promise<readonly VSwitch[]> {
  const { action } = describeVSwitches;
  return await readNumberedPages(action, PAGE, async (pageNumber) => {
    const query = { regionId: ask.regionId, vpcId, pageNumber, pageSize: PAGE };
    const { vSwitches, totalCount } = await ask.send(describeVSwitches, query);
    return { items: (vSwitches?.vSwitch ?? []).map(asVSwitch), total: totalCount ?? 0 };
  });
}

/** One vSwitch, wherever it is in the region; undefined where there is none of this id. */
export async function readVSwitch(ask: Ask, vSwitchId: string): Promise<VSwitch | undefined> {
  const { vSwitches } = await ask.send(describeVSwitches, { regionId: ask.regionId, vSwitchId });
  const found = vSwitches?.vSwitch?.find((one) => one.vSwitchId === vSwitchId);
  return found === undefined ? undefined : asVSwitch(found);
}

function asVSwitch(raw: Raw): VSwitch {
  return {
    id: text(raw.vSwitchId),
    vpcId: text(raw.vpcId),
    zoneId: text(raw.zoneId),
    cidr: text(raw.cidrBlock),
    ...filled('ipv6Cidr', raw.ipv6CidrBlock),
    freeIPs: raw.availableIpAddressCount ?? 0,
    status: text(raw.status),
    ...filled('routeTableId', raw.routeTable?.routeTableId),
  };
}
