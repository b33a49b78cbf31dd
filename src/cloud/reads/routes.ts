import type { RouteEntry, RouteTable } from '../../plan/cloud-facts.ts';
import { describeRouteEntryList, describeRouteTableList } from '../api.ts';
import { readNumberedPages, readTokenPages } from '../paging.ts';
import type { Ask } from './ask.ts';
import { text } from './ask.ts';

const PAGE = 50;

/** The route tables of a VPC with all of their entries. */
export async function readRouteTables(ask: Ask, vpcId: string): Promise<readonly RouteTable[]> {
  const { regionId } = ask;
  const tables = await readNumberedPages(describeRouteTableList.action, PAGE, async (pageNumber) => {
    const query = { regionId, vpcId, pageNumber, pageSize: PAGE };
    const { routerTableList, totalCount } = await ask.send(describeRouteTableList, query);
    return { items: routerTableList?.routerTableListType ?? [], total: totalCount ?? 0 };
  });
  const complete: RouteTable[] = [];
  for (const raw of tables) {
    const id = text(raw.routeTableId);
    complete.push({
      id,
      vpcId: raw.vpcId ?? vpcId,
      type: text(raw.routeTableType),
      vSwitchIds: raw.vSwitchIds?.vSwitchId ?? [],
      entries: await readEntries(ask, id),
    });
  }
  return complete;
}

async function readEntries(ask: Ask, routeTableId: string): Promise<readonly RouteEntry[]> {
  return await readTokenPages(describeRouteEntryList.action, async (nextToken) => {
    const query = { regionId: ask.regionId, routeTableId, maxResult: 100, ...(nextToken && { nextToken }) };
    const body = await ask.send(describeRouteEntryList, query);
    const items = (body.routeEntrys?.routeEntry ?? []).map((raw) => ({
      destination: text(raw.destinationCidrBlock),
      type: text(raw.type),
      status: text(raw.status),
      nextHops: (raw.nextHops?.nextHop ?? []).map(({ nextHopType = '', nextHopId = '' }) => ({
        type: nextHopType,
        id: nextHopId,
      })),
    }));
    return { items, nextToken: body.nextToken };
  });
}
