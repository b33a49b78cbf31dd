// A FAKE of a cluster, in memory, for tests of the pure core: it stands for the API server (JSON Patch with tests, uids,
// generations, managedFields, Secret and ConfigMap writes, finalizers, status) and for the DaemonSet, Deployment and
// StatefulSet controllers, which here are done at once: every pod is where its template lets it be, and ready. What real
// controllers and a real API server do with the same actions is the business of test/e2e.
import {
  ADDON_SECRET,
  CONTENT_HASH_ANNOTATION,
  FIELD_MANAGER,
  RESTORE_FINALIZER,
} from '../../src/api/annotations.ts';
import type { HybridNetwork } from '../../src/api/hybrid-network.ts';
import type { Fights } from '../../src/execute/fights.ts';
import { execute, inOrder } from '../../src/execute/execute.ts';
import type { Action, SecretWrite, WorkloadPatch } from '../../src/plan/actions.ts';
import { isTerway } from '../../src/plan/cni/matching.ts';
import { FailureError } from '../../src/plan/failure.ts';
import { workloadKey } from '../../src/plan/facts.ts';
import type {
  ConfigMapFact,
  Facts,
  NodeFact,
  Observed,
  PodFact,
  SecretFact,
  UpdateStrategy,
  Workload,
} from '../../src/plan/facts.ts';
import type { JsonPatch } from '../../src/plan/json-patch.ts';
import { planFor } from '../../src/plan/plan.ts';
import { keyMark } from '../../src/plan/access-key.ts';
import { askerOf } from '../../src/plan/cloud-asker.ts';
import { validationMode } from '../../src/plan/cloud-side.ts';
import type { CloudSide } from '../../src/plan/cloud-side.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { statusFor } from '../../src/plan/status.ts';
import { applyPatch, PatchRefused } from './json-patch-interpreter.ts';
import { failed, judged, passed } from './make-judgement.ts';
import { ABSENT, configMap, NOW, podsFor, present, secret } from './make-facts.ts';

export interface WorldContent {
  readonly networks: readonly HybridNetwork[];
  readonly nodes: readonly NodeFact[];
  readonly workloads: readonly Workload[];
  readonly eniConfig?: ConfigMapFact | undefined;
  readonly addonSecret?: SecretFact | undefined;
  readonly sourceSecret?: SecretFact | undefined;
  /** What the checks find in the cloud, where it is asked. */
  readonly cloud?: 'well' | 'wrong' | undefined;
}

interface RawWorkload {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly template: Workload['template']; readonly updateStrategy?: UpdateStrategy };
}

function rendered(workload: Workload): RawWorkload {
  const { uid, annotations, hasAnnotations, template, updateStrategy: type, rollingUpdate } = workload;
  const updateStrategy = {
    ...(type === undefined ? {} : { type }),
    ...(rollingUpdate === undefined ? {} : { rollingUpdate }),
  };
  return {
    metadata: { uid, ...(hasAnnotations ? { annotations } : {}) },
    spec: { template, ...(type === undefined ? {} : { updateStrategy: { ...updateStrategy, type } }) },
  };
}

function strategyIn({
  spec: { updateStrategy },
}: RawWorkload): Pick<Workload, 'updateStrategy' | 'rollingUpdate'> {
  if (updateStrategy === undefined) return {};
  return { updateStrategy: updateStrategy.type, rollingUpdate: updateStrategy.rollingUpdate };
}

function refused(message: string): FailureError {
  return new FailureError({ kind: 'Conflict', message });
}

function patched<T>(document: T, patch: JsonPatch): T {
  try {
    return applyPatch(document, patch);
  } catch (error) {
    if (error instanceof PatchRefused) throw refused(error.message);
    throw error;
  }
}

/** As the API server stores it: an empty map is none. */
function annotationsOf(stored: Readonly<Record<string, string>> | undefined): {
  readonly annotations: Readonly<Record<string, string>>;
  readonly hasAnnotations: boolean;
} {
  const annotations = stored ?? {};
  return { annotations, hasAnnotations: Object.keys(annotations).length > 0 };
}

function observed<T>(object: T | undefined): Observed<T> {
  return object === undefined ? ABSENT : present(object);
}

export class FakeWorld {
  readonly #networks: Map<string, HybridNetwork>;
  readonly #workloads: Map<string, Workload>;
  #nodes: readonly NodeFact[];
  #eniConfig: ConfigMapFact | undefined;
  #addonSecret: SecretFact | undefined;
  readonly #sourceSecret: SecretFact | undefined;
  readonly #cloud: WorldContent['cloud'];
  /** When the pods of a workload were made: at the start, or with its last template. By workloadKey. */
  readonly #startedAt = new Map<string, string>();
  #time = Date.parse('2026-03-01T00:00:00Z');
  /** Every action that was carried out, in order. */
  readonly done: Action[] = [];

  constructor(content: WorldContent) {
    this.#networks = new Map(content.networks.map((one) => [one.metadata.name, one]));
    this.#workloads = new Map(content.workloads.map((one) => [workloadKey(one), one]));
    this.#nodes = content.nodes;
    this.#eniConfig = content.eniConfig;
    this.#addonSecret = content.addonSecret;
    this.#sourceSecret = content.sourceSecret;
    this.#cloud = content.cloud;
  }

  /** Every write has a second of its own. */
  #tick(): string {
    this.#time += 1_000;
    return `${new Date(this.#time).toISOString().slice(0, 19)}Z`;
  }

  get workloads(): readonly Workload[] {
    return [...this.#workloads.values()];
  }

  get networks(): readonly HybridNetwork[] {
    return [...this.#networks.values()];
  }

  get eniConfig(): ConfigMapFact | undefined {
    return this.#eniConfig;
  }

  /** The plain values of the add-on Secret. */
  get addonSecret(): Readonly<Record<string, string>> | undefined {
    if (this.#addonSecret === undefined) return undefined;
    return Object.fromEntries([...this.#addonSecret.data].map(([key, value]) => [key, value.reveal()]));
  }

  workload(name: string): Workload {
    const found = this.workloads.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no workload ${name}`);
    return found;
  }

  network(name = 'idc'): HybridNetwork {
    const found = this.#networks.get(name);
    if (found === undefined) throw new Error(`there is no network ${name}`);
    return found;
  }

  setNetwork(network: HybridNetwork): void {
    this.#networks.set(network.metadata.name, network);
  }

  setNodes(nodes: readonly NodeFact[]): void {
    this.#nodes = nodes;
  }

  /** Somebody uninstalls it. */
  remove(name: string): void {
    this.#workloads.delete(workloadKey(this.workload(name)));
  }

  add(workload: Workload): void {
    this.#workloads.set(workloadKey(workload), workload);
  }

  /** Somebody else's write. */
  edit(name: string, change: (workload: Workload) => Workload): void {
    const before = this.workload(name);
    const after = change(before);
    const generation =
      JSON.stringify(after.template) === JSON.stringify(before.template)
        ? before.generation
        : before.generation + 1;
    this.#workloads.set(workloadKey(before), { ...after, generation, observedGeneration: generation });
    if (generation !== before.generation) this.#startedAt.set(workloadKey(before), this.#tick());
  }

  /** Somebody else's write to eni-config. */
  editEniConfig(data: Readonly<Record<string, string>>): void {
    const before = this.#eniConfig ?? configMap({});
    this.#eniConfig = {
      ...before,
      data: { ...before.data, ...data },
      hasData: true,
      changedAt: this.#tick(),
    };
  }

  /** Every pod of a workload is made anew, as after an upgrade of its nodes. */
  restartPods(name: string): void {
    this.#startedAt.set(workloadKey(this.workload(name)), this.#tick());
  }

  podsOf(workload: Workload): readonly PodFact[] {
    const createdAt = this.#startedAt.get(workloadKey(workload)) ?? '2026-02-01T00:00:00Z';
    const contentHash = workload.template.metadata?.annotations?.[CONTENT_HASH_ANNOTATION];
    const more = { createdAt, readySince: createdAt, ...(contentHash === undefined ? {} : { contentHash }) };
    return podsFor(workload, this.#nodes).map((pod) => ({ ...pod, ...more }));
  }

  facts(network: HybridNetwork): Facts {
    const facts = this.#cluster(network);
    return { ...facts, cloud: this.#cloudSide(facts) };
  }

  #cloudSide(facts: Facts): CloudSide | undefined {
    if (this.#cloud === undefined || validationMode(facts.network) === 'Disabled') return undefined;
    const found = askerOf(facts);
    if (found.state !== 'known' || found.asker.by === 'Process')
      return { state: 'unasked', why: 'There is no access key.' };
    const { key } = found.asker;
    const results = [this.#cloud === 'well' ? passed('C12') : failed('C12')];
    return judged({ generation: facts.network.metadata.generation, key: keyMark(key), results });
  }

  #cluster(network: HybridNetwork): Facts {
    const wantsSource = network.spec.credentials?.secretRef !== undefined;
    return {
      network,
      networks: this.networks,
      nodes: this.#nodes,
      workloads: this.workloads,
      podsOf: (workload) => this.podsOf(workload),
      terwayPods: () => this.workloads.filter(isTerway).flatMap((one) => this.podsOf(one)),
      eniConfig: observed(this.#eniConfig),
      addonSecret: observed(this.#addonSecret),
      sourceSecret: wantsSource ? observed(this.#sourceSecret) : undefined,
      operatorNamespace: 'hybridnetwork-system',
      now: new Date(this.#time),
      guard: { state: 'absent' },
    };
  }

  /** Carries out one action; throws a FailureError as the writer does. */
  readonly apply = (action: Action): void => {
    switch (action.kind) {
      case 'workload.patch':
        this.#patchWorkload(action);
        break;
      case 'workload.disown':
        this.#disown(action.workload);
        break;
      case 'configMap.patch':
        this.#patchConfigMap(action.patch);
        break;
      case 'configMap.create':
        if (this.#eniConfig !== undefined) throw refused('eni-config exists');
        this.#eniConfig = {
          ...configMap(action.data),
          ...annotationsOf(action.annotations),
          changedAt: this.#tick(),
        };
        break;
      case 'secret.write':
        this.#writeSecret(action);
        break;
      case 'network.remember': {
        const network = this.network(action.network);
        const status = { ...network.status, pluginHistory: [...action.history] };
        this.setNetwork({ ...network, status });
        break;
      }
      case 'finalizer.add':
      case 'finalizer.remove':
        this.#setFinalizer(action.network, action.kind === 'finalizer.add');
        break;
    }
    this.done.push(action);
  };

  #patchWorkload({ workload, patch }: WorkloadPatch): void {
    const key = workloadKey(workload);
    const before = this.#workloads.get(key);
    if (before === undefined) throw refused(`${key} is gone`);
    const raw = patched(rendered(before), patch);
    const isChanged = JSON.stringify(raw.spec.template) !== JSON.stringify(before.template);
    const generation = before.generation + (isChanged ? 1 : 0);
    if (isChanged) this.#startedAt.set(key, this.#tick());
    const others = before.managers.filter(({ manager }) => manager !== FIELD_MANAGER);
    this.#workloads.set(key, {
      ...before,
      ...annotationsOf(raw.metadata.annotations),
      template: raw.spec.template,
      ...strategyIn(raw),
      generation,
      observedGeneration: generation,
      resourceVersion: String(Number(before.resourceVersion) + 1),
      managers: [...others, { manager: FIELD_MANAGER, operation: 'Update' }],
    });
  }

  #disown(workload: Workload): void {
    const key = workloadKey(workload);
    const before = this.#workloads.get(key);
    if (before === undefined) throw refused(`${key} is gone`);
    const managers = before.managers.filter(({ manager }) => manager !== FIELD_MANAGER);
    this.#workloads.set(key, { ...before, managers });
  }

  #patchConfigMap(patch: JsonPatch): void {
    const before = this.#eniConfig;
    if (before === undefined) throw refused('eni-config is gone');
    const { uid, annotations, hasAnnotations, data, hasData } = before;
    const metadata = { uid, ...(hasAnnotations ? { annotations } : {}) };
    const raw: {
      metadata: { annotations?: Readonly<Record<string, string>> };
      data?: Record<string, string>;
    } = patched({ metadata, ...(hasData ? { data } : {}) }, patch);
    this.#eniConfig = {
      ...before,
      ...annotationsOf(raw.metadata.annotations),
      data: raw.data ?? {},
      hasData: raw.data !== undefined,
      changedAt: this.#tick(),
    };
  }

  #writeSecret({ existing, values }: SecretWrite): void {
    if (existing?.uid !== this.#addonSecret?.uid) throw refused(`${ADDON_SECRET} is another one`);
    const written = Object.fromEntries([...values].map(([key, value]) => [key, value.reveal()]));
    this.#addonSecret = {
      ...secret({ ...this.addonSecret, ...written }, existing?.uid),
      changedAt: this.#tick(),
    };
  }

  #setFinalizer(name: string, isWanted: boolean): void {
    const network = this.network(name);
    const others = (network.metadata.finalizers ?? []).filter((one) => one !== RESTORE_FINALIZER);
    const finalizers = isWanted ? [...others, RESTORE_FINALIZER] : others;
    const isGone = network.metadata.deletionTimestamp !== undefined && finalizers.length === 0;
    if (isGone) this.#networks.delete(name);
    else this.#networks.set(name, { ...network, metadata: { ...network.metadata, finalizers } });
  }

  /** Observe, plan, execute until nothing is left to do, then the status, as the loop of the operator does. */
  async reconcile(name = 'idc', fights?: Fights): Promise<Plan> {
    for (let round = 1; ; round += 1) {
      const network = this.network(name);
      const facts = this.facts(network);
      const plan = fights?.restrain(planFor(facts), facts) ?? planFor(facts);
      const isDone = inOrder(plan).length === 0;
      const outcomes = await execute(plan, async (action) => await Promise.resolve(this.apply(action)));
      fights?.note(outcomes);
      if (!this.#networks.has(name)) return plan;
      if (!isDone && round < 6) continue;
      const status = statusFor(plan, facts, { outcomes, now: NOW, failingSince: undefined });
      this.setNetwork({ ...this.network(name), status });
      return plan;
    }
  }

  /** What counts of the world: no versions, no generations, no order. */
  content(): unknown {
    const workloads = this.workloads.map(
      ({ annotations, template, managers, updateStrategy, rollingUpdate, ...one }) => ({
        key: workloadKey(one),
        annotations,
        template,
        managers,
        updateStrategy,
        rollingUpdate,
      }),
    );
    return {
      workloads: workloads.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      eniConfig: this.#eniConfig && { ...this.#eniConfig, resourceVersion: '', changedAt: '' },
      addonSecret: this.addonSecret,
    };
  }
}
