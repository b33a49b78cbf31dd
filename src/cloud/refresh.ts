// Asks for what is due, in an order that finds out what else to ask for: instances and a vSwitch lead to the VPC, the
// instances to their security groups and types.
import type { CloudQuery } from './query.ts';
import type { Ask } from './reads/ask.ts';
import { readInstances, readInstanceTypes } from './reads/instances.ts';
import { readNetworkInterfaces } from './reads/network-interfaces.ts';
import { readPermissions } from './reads/permissions.ts';
import { readRouteTables } from './reads/routes.ts';
import { readSecurityGroupRules, readSecurityGroups } from './reads/security-groups.ts';
import { readVpcs } from './reads/vpcs.ts';
import { readVSwitch, readVSwitches } from './reads/vswitches.ts';
import type { FetchMany } from './shelf.ts';
import { ALL, securityGroupIdsOf, strayIdsOf, typeIdsOf, vpcIdOf } from './shelves.ts';
import type { Shelves } from './shelves.ts';

/** Who asks, for the length of one refresh. */
export interface Session {
  /** Tells this identity from others. */
  readonly askedAs: string;
  readonly ask: Ask;
}

/** Resolves when everything has been answered or has failed; never rejects. */
export async function refresh(shelves: Shelves, query: CloudQuery, { askedAs, ask }: Session): Promise<void> {
  await shelves.instances.refresh(query.instanceIds, askedAs, (ids) => readInstances(ask, ids));
  await findVpc(shelves, query, { askedAs, ask });
  const vpcId = vpcIdOf(shelves, query);
  await Promise.all([
    shelves.permissions.refresh(
      [ALL],
      askedAs,
      each(() => readPermissions(ask)),
    ),
    shelves.securityGroups.refresh(securityGroupIdsOf(shelves, query), askedAs, (ids) =>
      readSecurityGroups(ask, ids),
    ),
    shelves.securityGroupRules.refresh(
      securityGroupIdsOf(shelves, query),
      askedAs,
      each((id) => readSecurityGroupRules(ask, id)),
    ),
    shelves.instanceTypes.refresh(typeIdsOf(shelves, query), askedAs, (ids) => readInstanceTypes(ask, ids)),
    ...(vpcId === undefined ? [] : [refreshVpc(shelves, query, { askedAs, ask }, vpcId)]),
  ]);
}

/** One vSwitch after the other, until one is found; once is enough, since none moves to another VPC. */
async function findVpc(shelves: Shelves, query: CloudQuery, { askedAs, ask }: Session): Promise<void> {
  for (const id of query.vSwitchIds) {
    if (vpcIdOf(shelves, query) !== undefined) return;
    await shelves.strayVSwitches.refresh(
      [id],
      askedAs,
      each((one) => readVSwitch(ask, one)),
    );
  }
}

async function refreshVpc(
  shelves: Shelves,
  query: CloudQuery,
  { askedAs, ask }: Session,
  vpcId: string,
): Promise<void> {
  const { vpcs, vSwitches, routeTables, networkInterfaces, strayVSwitches } = shelves;
  await Promise.all([
    vpcs.refresh([vpcId], askedAs, (ids) => readVpcs(ask, ids)),
    routeTables.refresh(
      [vpcId],
      askedAs,
      each((id) => readRouteTables(ask, id)),
    ),
    networkInterfaces.refresh(
      query.instanceIds.length === 0 ? [] : [vpcId],
      askedAs,
      each((id) => readNetworkInterfaces(ask, id)),
    ),
    vSwitches.refresh(
      [vpcId],
      askedAs,
      each((id) => readVSwitches(ask, id)),
    ),
  ]);
  if (vSwitches.peek(vpcId) === undefined) return;
  await strayVSwitches.refresh(
    strayIdsOf(shelves, query, vpcId),
    askedAs,
    each((id) => readVSwitch(ask, id)),
  );
}

/** For what is asked for one by one. */
function each<T>(read: (key: string) => Promise<T | undefined>): FetchMany<T> {
  return async (keys) => {
    const answers = new Map<string, T>();
    for (const key of keys) {
      const answer = await read(key);
      if (answer !== undefined) answers.set(key, answer);
    }
    return answers;
  };
}
