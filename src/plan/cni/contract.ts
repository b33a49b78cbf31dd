// What the operator has to know about one on-premises CNI, as data. One file of this folder describes one CNI, and
// test/unit/plan/cni holds every one of them to the same contract. How to add one: docs/adding-a-cni.md.
import type { CNIType } from '../../api/hybrid-network.ts';
import type { Workload, WorkloadKind } from '../facts.ts';

/** A value of spec.onPremises.cni.type that names a CNI. */
export type CniName = Exclude<CNIType, 'Auto' | 'None'>;

/**
 * Marks by which a workload is recognised; all that are given must hold. The selector is the best one: it cannot
 * change after creation, and it survives renames (rke2-canal still selects k8s-app=canal).
 */
export interface Marks {
  /** Stands in spec.selector.matchLabels. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Stands in metadata.labels. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly name?: RegExp;
  readonly namespace?: string;
}

/** What the Helm chart of a workload offers for its placement. */
export type ChartField =
  /** A value that takes a whole affinity, for example `envoy.affinity`. */
  | { readonly takes: 'Affinity'; readonly value: string; readonly note?: string }
  /** No value, and no affinity in the template either: one that a person sets on the object survives upgrades. */
  | { readonly takes: 'Nothing' }
  /** No value, but the template renders node affinity of its own, which comes back with every upgrade. */
  | { readonly takes: 'NodeSelector'; readonly value: string };

/** Where the owner of a workload takes the setting, for the cases in which a write to the workload would not last. */
export interface OwnerFields {
  /** Absent: there is no chart that everybody uses. */
  readonly chart?: ChartField;
  /** The custom resource of the tigera-operator, and the field of its spec. */
  readonly tigera?: { readonly kind: string; readonly name: string; readonly field: string };
}

/** One workload that a CNI ships. */
export interface Part {
  /** For a sentence: `node agent`, `Typha`. */
  readonly what: string;
  readonly kind: WorkloadKind;
  /** One of these must fit. */
  readonly anyOf: readonly [Marks, ...Marks[]];
  readonly owner: OwnerFields;
}

/**
 * KeepOff: has to stay off cloud nodes together with the agents.
 * Leave: needs nothing, or must run on cloud nodes too.
 * Ask: only its owner can tell; it is left alone until spec.onPremises.workloads lists it.
 */
export type CompanionVerdict = 'KeepOff' | 'Leave' | 'Ask';

export interface Companion extends Part {
  readonly verdict: CompanionVerdict;
  readonly why: string;
}

export interface Cni {
  readonly name: CniName;
  /** What is recognised, and as which releases ship it: one line for docs and messages. */
  readonly summary: string;
  /** Linux node agents: any one of them proves that the CNI is there, and none runs beside another CNI's. */
  readonly agents: readonly [Part, ...Part[]];
  readonly companions: readonly Companion[];
}

export interface CniCandidate {
  readonly cni: Cni;
  readonly agents: readonly Workload[];
}

/** What spec.onPremises.cni.type comes down to in this cluster. */
export type CniFinding =
  | {
      readonly state: 'found';
      readonly cni: Cni;
      readonly agents: readonly Workload[];
      /** Those that are to be kept off too; verdicts Leave and Ask are not among them. */
      readonly companions: readonly Workload[];
    }
  /** Nothing that fits is there (yet). */
  | { readonly state: 'absent' }
  /** Auto, and agents of more than one CNI are there. */
  | { readonly state: 'ambiguous'; readonly candidates: readonly CniCandidate[] }
  /** type: None */
  | { readonly state: 'none' };
