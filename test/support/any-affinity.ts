// Pod templates of every shape that node affinity can have: few keys and values, so that they often meet.
import * as fc from 'fast-check';
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodTemplate,
} from '../../src/plan/facts.ts';
import { node } from './make-facts.ts';

const CLOUD = 'alibabacloud.com/external';

const REQUIREMENTS: readonly NodeSelectorRequirement[] = [
  { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
  { key: 'kubernetes.io/os', operator: 'In', values: ['windows'] },
  { key: 'zone', operator: 'In', values: ['a', 'b'] },
  { key: 'zone', operator: 'Exists' },
  { key: 'cores', operator: 'Gt', values: ['4'] },
  { key: CLOUD, operator: 'NotIn', values: ['true'] },
  { key: CLOUD, operator: 'NotIn', values: ['true', '1'] },
  { key: CLOUD, operator: 'DoesNotExist' },
  { key: CLOUD, operator: 'In', values: ['false'] },
  { key: CLOUD, operator: 'In', values: ['true', 'false'] },
  { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] },
  { key: 'type', operator: 'DoesNotExist' },
];

/** What asks for cloud or virtual nodes, or speaks about their labels without excluding them. */
const ADVERSE: readonly NodeSelectorRequirement[] = [
  { key: CLOUD, operator: 'In', values: ['true'] },
  { key: CLOUD, operator: 'Exists' },
  { key: CLOUD, operator: 'NotIn', values: ['false'] },
  { key: CLOUD, operator: 'Gt', values: ['1'] },
  { key: 'type', operator: 'In', values: ['virtual-kubelet'] },
  { key: 'type', operator: 'In', values: ['bare-metal', 'virtual-kubelet'] },
  { key: 'type', operator: 'In', values: ['bare-metal'] },
  { key: 'type', operator: 'NotIn', values: ['bare-metal', 'virtual-kubelet'] },
  { key: 'type', operator: 'Exists' },
];

const field: NodeSelectorRequirement = { key: 'metadata.name', operator: 'In', values: ['idc-1'] };

/** The API server never shows an empty list of expressions: it leaves it out. */
function termsOf(requirement: fc.Arbitrary<NodeSelectorRequirement>): fc.Arbitrary<NodeSelectorTerm> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .array(requirement, { minLength: 1, maxLength: 3 })
        .map((matchExpressions) => ({ matchExpressions })),
    },
    { weight: 1, arbitrary: fc.constant({ matchFields: [field] }) },
    { weight: 1, arbitrary: requirement.map((one) => ({ matchExpressions: [one], matchFields: [field] })) },
    { weight: 1, arbitrary: fc.constant({}) },
  );
}

const preferred = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    { weight: 1, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
  ],
};
const podAffinity = { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } };

function affinitiesOf(term: fc.Arbitrary<NodeSelectorTerm>): fc.Arbitrary<Affinity | undefined> {
  const required = fc
    .array(term, { minLength: 1, maxLength: 3 })
    .map((nodeSelectorTerms) => ({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }));
  const nodeAffinity = fc.oneof(
    fc.constant({}),
    fc.constant(preferred),
    required,
    required.map((one) => ({ ...one, ...preferred })),
  );
  return fc.oneof(
    fc.constantFrom<Affinity | undefined>(undefined, {}, podAffinity),
    nodeAffinity.map((one) => ({ nodeAffinity: one })),
    nodeAffinity.map((one) => ({ nodeAffinity: one, ...podAffinity })),
  );
}

const SELECTORS: readonly (Readonly<Record<string, string>> | undefined)[] = [
  undefined,
  { 'kubernetes.io/os': 'linux' },
  { [CLOUD]: 'false' },
  { [CLOUD]: 'true' },
  { type: 'bare-metal' },
];

function templatesOf(
  affinities: fc.Arbitrary<Affinity | undefined>,
  selectors: readonly (Readonly<Record<string, string>> | undefined)[],
): fc.Arbitrary<PodTemplate> {
  return fc.tuple(affinities, fc.constantFrom(...selectors)).map(([affinity, nodeSelector]) => ({
    spec: {
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(affinity === undefined ? {} : { affinity }),
      containers: [{ name: 'main' }],
    },
  }));
}

export const anyTerm = termsOf(fc.constantFrom(...REQUIREMENTS));
export const anyAffinity = affinitiesOf(anyTerm);
export const anyTemplate = templatesOf(anyAffinity, SELECTORS);

/** Everything above, and what works against being kept off cloud and virtual nodes. */
export const anyAdverseTemplate = templatesOf(
  affinitiesOf(termsOf(fc.constantFrom(...REQUIREMENTS, ...ADVERSE))),
  [
    ...SELECTORS,
    { type: 'virtual-kubelet' },
    { [CLOUD]: '', type: 'virtual-kubelet' },
    { [CLOUD]: 'false', type: 'bare-metal' },
    {},
  ],
);

/** Nodes of every kind, with every label that the templates ask for. */
export const EVERY_NODE = (['onPremises', 'cloud', 'virtual'] as const).flatMap((kind) =>
  ['linux', 'windows'].flatMap((os) =>
    [
      {},
      { zone: 'a', cores: '8' },
      { zone: 'c', cores: '2' },
      { [CLOUD]: 'true', zone: 'a', cores: '8' },
      { [CLOUD]: 'false' },
    ].map((labels, n) => node(kind, kind === 'onPremises' ? `idc-${n}` : `${kind}-${n}`, { os, labels })),
  ),
);
