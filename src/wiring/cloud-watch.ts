// Asks the cloud beside the decisions: what is due is asked for, the checks look at the answers one after the other, so that
// a repair never waits for them, and a network whose judgement has changed is looked at again. A decision only picks up
// what is known (`sideOf`).
import { isDeepStrictEqual } from 'node:util';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.ts';
import { identityOfKey } from '../cloud/identity.ts';
import type { IdentitySource } from '../cloud/identity.ts';
import { queryFor } from '../cloud/query.ts';
import type { CloudReader } from '../cloud/reader.ts';
import { keyMark } from '../plan/access-key.ts';
import { runChecks } from '../plan/checks/index.ts';
import type { CheckResult } from '../plan/checks/index.ts';
import type { CloudFacts } from '../plan/cloud-facts.ts';
import { checkFactsOf, JUDGED, judgementOf } from '../plan/cloud-judgement.ts';
import { askerMark, askerOf } from '../plan/cloud-asker.ts';
import type { Asker } from '../plan/cloud-asker.ts';
import { regionOf, validationMode } from '../plan/cloud-side.ts';
import type { CloudJudgement, CloudSide } from '../plan/cloud-side.ts';
import type { Facts } from '../plan/facts.ts';
import { isOnItsWay } from '../plan/wording.ts';
import type { Cancel, Clock } from '../runtime/clock.ts';

/** At rest it is looked so often whether something is due; what the cloud said is good for five minutes. */
const REST_MS = 30_000;
/** What changes in the cluster, such as nodes that join, is judged so soon, and no more often. */
const SOON_MS = 5_000;

export interface CloudWatchOptions {
  readonly cloud: Pick<Cloud, 'reader'>;
  readonly clock: Clock;
  /** The identity that the process itself has in the cloud, asked for in a region; absent: none. */
  readonly ownIdentity?: ((regionId: string) => IdentitySource) | undefined;
  /** This copy leads, and the network is there. */
  readonly isWanted: (network: string) => boolean;
  /** The judgement of a network is another one. */
  readonly onChange: (network: string) => void;
  readonly onError: (error: unknown) => void;
}

interface Asking {
  readonly network: string;
  readonly reader: CloudReader;
  facts: Facts;
  regionId: string;
  asker: Asker;
  side: CloudSide;
  /** What the last judgement was made of. */
  judged?: readonly unknown[];
  isRunning: boolean;
  /** The facts changed so much while it ran that it is to run again at once. */
  isOvertaken: boolean;
  dueAt: number;
  cancel: Cancel;
}

export class CloudWatch {
  readonly #options: CloudWatchOptions;
  readonly #askings = new Map<string, Asking>();
  #region: { readonly nodes: Facts['nodes']; readonly id: string | undefined } | undefined;

  constructor(options: CloudWatchOptions) {
    this.#options = options;
  }

  /** What a decision on these facts may know of the cloud; undefined where the spec does not ask for it. */
  sideOf(facts: Facts): CloudSide | undefined {
    const { name } = facts.network.metadata;
    if (validationMode(facts.network) === 'Disabled') {
      this.#drop(name);
      return undefined;
    }
    if (isUnread(facts)) return this.#lastSide(name);
    const regionId = this.#regionOf(facts);
    if (regionId === undefined) {
      this.#drop(name);
      return { state: 'unasked', why: NO_REGION };
    }
    const found = askerOf(facts);
    if (found.state === 'unread') return this.#lastSide(name);
    if (found.state === 'known') return this.#follow(facts, regionId, found.asker).side;
    const { why, fault } = found;
    this.#drop(name);
    return { state: 'unasked', why, ...(fault === undefined ? {} : { fault }) };
  }

  /** The process has an identity in the cloud of its own. */
  get hasOwnIdentity(): boolean {
    return this.#options.ownIdentity !== undefined;
  }

  /** By network. */
  judgements(): ReadonlyMap<string, CloudJudgement> {
    return new Map(
      [...this.#askings].flatMap(([name, { side }]) =>
        side.state === 'judged' ? [[name, side.judgement] as const] : [],
      ),
    );
  }

  stop(): void {
    for (const name of this.#askings.keys()) this.#drop(name);
  }

  /** Without a region in the spec all nodes are looked at: once for each list of them. */
  #regionOf(facts: Facts): string | undefined {
    const { nodes, network } = facts;
    if (network.spec.cloud?.regionID !== undefined) return regionOf(facts);
    if (this.#region?.nodes !== nodes) this.#region = { nodes, id: regionOf(facts) };
    return this.#region.id;
  }

  #lastSide(name: string): CloudSide {
    return this.#askings.get(name)?.side ?? { state: 'pending' };
  }

  #drop(name: string): void {
    this.#askings.get(name)?.cancel();
    this.#askings.delete(name);
  }

  #follow(facts: Facts, regionId: string, asker: Asker): Asking {
    const { name } = facts.network.metadata;
    const known = this.#askings.get(name);
    if (known === undefined) {
      const asking = this.#begin({ facts, regionId, asker });
      this.#askings.set(name, asking);
      this.#schedule(asking, 0);
      return asking;
    }
    const isNew = isNews(known, facts, regionId, asker);
    Object.assign(known, { facts, regionId, asker });
    if (!isNew) this.#schedule(known, SOON_MS);
    else if (known.isRunning) known.isOvertaken = true;
    else this.#schedule(known, 0);
    return known;
  }

  #begin(given: Pick<Asking, 'facts' | 'regionId' | 'asker'>): Asking {
    const network = given.facts.network.metadata.name;
    return {
      ...given,
      network,
      reader: this.#options.cloud.reader(async () => {
        const { asker, regionId } = this.#askings.get(network) ?? given;
        return asker.by === 'Process'
          ? await this.#options.ownIdentity?.(regionId)()
          : identityOfKey(asker.key);
      }),
      side: { state: 'pending' },
      isRunning: false,
      isOvertaken: false,
      dueAt: Number.POSITIVE_INFINITY,
      cancel: () => {},
    };
  }

  /** An earlier time that is set stays. */
  #schedule(asking: Asking, ms: number): void {
    const { clock, onError } = this.#options;
    const at = clock.monotonic() + ms;
    if (asking.isRunning || asking.dueAt <= at) return;
    asking.cancel();
    asking.dueAt = at;
    asking.cancel = clock.after(ms, () => {
      this.#run(asking).catch(onError);
    });
  }

  async #run(asking: Asking): Promise<void> {
    if (!this.#isAlive(asking)) return;
    asking.dueAt = Number.POSITIVE_INFINITY;
    asking.isRunning = true;
    try {
      await this.#ask(asking);
    } finally {
      asking.isRunning = false;
      const ms = asking.isOvertaken ? 0 : REST_MS;
      asking.isOvertaken = false;
      if (this.#isAlive(asking)) this.#schedule(asking, ms);
    }
  }

  #isAlive(asking: Asking): boolean {
    const { network } = asking;
    if (this.#askings.get(network) !== asking) return false;
    if (this.#options.isWanted(network)) return true;
    this.#drop(network);
    return false;
  }

  async #ask(asking: Asking): Promise<void> {
    const { facts, regionId, asker, reader } = asking;
    const query = queryFor(facts, regionId);
    await reader.refresh(query);
    const cloud = reader.observe(query);
    const silentSince = reader.silentSince();
    const made = [askerMark(asker), silentSince, ...ingredients(facts, cloud)];
    if (isSame(asking.judged, made)) return;
    const judged = await judge(facts, cloud, asker);
    const judgement = silentSince === undefined ? judged : { ...judged, silentSince };
    asking.judged = made;
    const side: CloudSide = { state: 'judged', judgement };
    if (isDeepStrictEqual(asking.side, side)) return;
    asking.side = side;
    if (this.#isAlive(asking)) this.#options.onChange(asking.network);
  }
}

const NO_REGION =
  'The cloud is not asked, because its region is not known: set spec.cloud.regionID, or see that every cloud node has a providerID of one region.';
/** Its first readings are on their way: a decision follows in a moment. */
function isUnread({ eniConfig, addonSecret, sourceSecret }: Facts): boolean {
  return (
    isOnItsWay(eniConfig) ||
    isOnItsWay(addonSecret) ||
    (sourceSecret !== undefined && isOnItsWay(sourceSecret))
  );
}

/** Another spec or another identity is asked about at once: something may wait for it. */
function isNews(known: Asking, { network }: Facts, regionId: string, asker: Asker): boolean {
  const { generation, uid } = known.facts.network.metadata;
  return (
    generation !== network.metadata.generation ||
    uid !== network.metadata.uid ||
    known.regionId !== regionId ||
    askerMark(known.asker) !== askerMark(asker)
  );
}

/** Everything that the checks look at, to be compared by identity: reflectors keep what did not change. */
function ingredients(facts: Facts, cloud: CloudFacts): readonly unknown[] {
  const { network, nodes, eniConfig, addonSecret, sourceSecret } = facts;
  const secrets = [addonSecret, sourceSecret].map((one) =>
    one?.state === 'present' ? one.object.resourceVersion : one?.state,
  );
  const config = eniConfig.state === 'present' ? eniConfig.object.resourceVersion : eniConfig.state;
  const { uid, generation } = network.metadata;
  return [uid, generation, config, ...secrets, ageOf(cloud), ...nodes];
}

function ageOf({ regionId, ...parts }: CloudFacts): string {
  const ages = Object.values(parts).map((part) => {
    const asOf = 'asOf' in part ? part.asOf : '';
    const stale = 'stale' in part ? (part.stale?.reason ?? '') : '';
    return `${part.state} ${asOf} ${stale} ${part.state === 'unknown' ? JSON.stringify(part.trouble) : ''}`;
  });
  return [regionId, ...ages].join(', ');
}

function isSame(before: readonly unknown[] | undefined, after: readonly unknown[]): boolean {
  return before?.length === after.length && after.every((one, at) => one === before[at]);
}

// One check in a turn of the event loop: with thousands of nodes some take milliseconds.
async function judge(facts: Facts, cloud: CloudFacts, asker: Asker): Promise<CloudJudgement> {
  const asked = checkFactsOf(facts, cloud, asker.by);
  const skip = facts.network.spec.cloud?.skipChecks ?? [];
  const results: CheckResult[] = [];
  for (const check of JUDGED) {
    await nextTurn();
    results.push(...runChecks(asked, skip, [check]));
  }
  await nextTurn();
  return judgementOf(asked, cloud, results, asker.by === 'Terway' ? keyMark(asker.key) : undefined);
}
