// What the guard at admission is asked, and what the plan answers to the same: a held workload as it was, and an update to it
// that says nothing of the hold. Nothing here knows the policies.
import * as fc from 'fast-check';
import { ADDED_ANNOTATION, HOLD_ANNOTATION } from '../../src/api/annotations.ts';
import type { Hold } from '../../src/api/annotations.ts';
import { exclude, exclusionsFor, isParked, requiresCloud } from '../../src/plan/exclusion.ts';
import type { ExclusionRecord } from '../../src/plan/affinity.ts';
import type { PodTemplate, Workload, WorkloadKind } from '../../src/plan/facts.ts';
import { recordOf } from '../../src/plan/hold.ts';
import { keepOff } from '../../src/plan/keep-off.ts';
import { CLOUD_LABEL, CLOUD_VALUE } from '../../src/plan/nodes.ts';
import { withdraw } from '../../src/plan/withdrawal.ts';
import { anyAdverseTemplate, anyTemplate } from './any-affinity.ts';
import { applyPatch } from './json-patch-interpreter.ts';
import { network } from './make-facts.ts';
import { daemonSet, deployment, statefulSet } from './make-workload.ts';
import type { WorkloadOptions } from './make-workload.ts';

const BUILDERS: Readonly<Record<WorkloadKind, (options: WorkloadOptions) => Workload>> = {
  DaemonSet: daemonSet,
  Deployment: deployment,
  StatefulSet: statefulSet,
};

/** A workload as the operator holds it. */
export interface Held {
  readonly kind: WorkloadKind;
  readonly hold: Hold;
  readonly template: PodTemplate;
  readonly annotations: Readonly<Record<string, string>>;
}

const anyKind = fc.constantFrom<WorkloadKind>('DaemonSet', 'Deployment', 'StatefulSet');

function heldOffCloud(kind: WorkloadKind, hold: Hold, template: PodTemplate): Held {
  const exclusions = exclusionsFor({ excludeVirtualNodes: hold === 'on-premises-only' });
  const { affinity, record } = exclude(template, exclusions, undefined);
  const { affinity: _, ...spec } = template.spec;
  const annotations = {
    [HOLD_ANNOTATION]: hold,
    [ADDED_ANNOTATION]: JSON.stringify({ ...record, by: 'idc' }),
  };
  const held = { spec: { ...spec, ...(affinity === undefined ? {} : { affinity }) } };
  return { kind, hold, template: held, annotations };
}

function heldOnCloud(template: PodTemplate): Held {
  const nodeSelector = { ...template.spec.nodeSelector, [CLOUD_LABEL]: CLOUD_VALUE };
  return {
    kind: 'DaemonSet',
    hold: 'cloud-only',
    template: { spec: { ...template.spec, nodeSelector } },
    annotations: { [HOLD_ANNOTATION]: 'cloud-only' },
  };
}

export const anyHeld: fc.Arbitrary<Held> = fc.oneof(
  { weight: 1, arbitrary: anyTemplate.map(heldOnCloud) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(anyKind, fc.constantFrom<Hold>('on-premises-only', 'not-cloud'), anyTemplate)
      .filter(([, , template]) => !requiresCloud(template) && !isParked(template))
      .map(([kind, hold, template]) => heldOffCloud(kind, hold, template)),
  },
);

/** The pod template that an update brings, and how it is sent. */
export interface Update {
  readonly template: PodTemplate;
  readonly by: 'replace' | 'replace with the annotations' | 'edit' | 'edit of the annotations too';
}

export const anyUpdate: fc.Arbitrary<Update> = fc.record({
  template: anyAdverseTemplate,
  by: fc.constantFrom<Update['by']>(
    'replace',
    'replace with the annotations',
    'edit',
    'edit of the annotations too',
  ),
});

export interface Answer {
  readonly template: PodTemplate;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Raw {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly template: PodTemplate };
}

function judged({ kind, hold }: Held, template: PodTemplate, annotations: Answer['annotations']) {
  const workload: Workload = {
    ...BUILDERS[kind]({ name: 'agent' }),
    template,
    annotations,
    hasAnnotations: true,
  };
  const spec = { onPremises: { excludeVirtualNodes: hold === 'on-premises-only' } };
  return { workload, judgement: keepOff(network({ name: 'idc', spec }), workload, []) };
}

/** What the plan makes of the update: undefined where it refuses to look after such a workload at all. */
export function planned(held: Held, template: PodTemplate, record: string | undefined): Answer | undefined {
  const annotations = {
    [HOLD_ANNOTATION]: held.hold,
    ...(record === undefined ? {} : { [ADDED_ANNOTATION]: record }),
  };
  if (held.hold === 'cloud-only') {
    const nodeSelector = { ...template.spec.nodeSelector, [CLOUD_LABEL]: CLOUD_VALUE };
    return { template: { spec: { ...template.spec, nodeSelector } }, annotations };
  }
  const { workload, judgement } = judged(held, template, annotations);
  if (judgement.problem?.reason === 'WorkloadRequiresCloud') return undefined;
  if (judgement.action?.kind !== 'workload.patch') return { template, annotations };
  const before: Raw = { metadata: { uid: workload.uid, annotations }, spec: { template } };
  const { metadata, spec } = applyPatch(before, judgement.action.patch);
  return { template: spec.template, annotations: metadata.annotations ?? {} };
}

/** The affinity that Restore leaves. */
export function restored({ template, annotations }: Answer): unknown {
  const record: ExclusionRecord | undefined = recordOf({ annotations });
  return record === undefined ? template.spec.affinity : withdraw(template, record).affinity;
}

/** As the API server shows it: without empty lists. */
export function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => !(Array.isArray(inner) && inner.length === 0))
      .map(([key, inner]) => [key, shown(inner)]),
  );
}
