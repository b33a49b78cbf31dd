// The names that the operator writes on objects, all under one domain.
import { GROUP } from './hybrid-network.ts';

/** On a workload that is held: {@link Hold}. Taken off, metadata only, when no HybridNetwork claims it any more. */
export const HOLD_ANNOTATION = `${GROUP}/hold`;
/** On an object that was changed: the record of what was added, which Restore goes by. */
export const ADDED_ANNOTATION = `${GROUP}/added`;
/**
 * On Terway's DaemonSet: which content stood in eni-config and its Secret since when (plan/rollout/epochs.ts). On its pod
 * template: the content that the pods of this revision were started for; a new value is a rolling restart.
 */
export const CONTENT_HASH_ANNOTATION = `${GROUP}/content-hash`;
/** On a HybridNetwork: the hash of the plan that may go ahead. */
export const APPROVE_ANNOTATION = `${GROUP}/approve`;
export const RESTORE_FINALIZER = `${GROUP}/restore`;

export const OPERATOR_NAME = 'hybridnetwork-operator';
/** Never starts with `kubectl`: Flux strips managers by that prefix. */
export const FIELD_MANAGER = OPERATOR_NAME;

export const TERWAY_NAMESPACE = 'kube-system';
export const ENI_CONFIG = 'eni-config';
export const ADDON_SECRET = 'alibaba-addon-secret';
export const KEY_ID = 'access-key-id';
export const KEY_SECRET = 'access-key-secret';

/** `cloud-only`: Terway. The others: kept off cloud nodes, with virtual nodes excluded too or not. */
export type Hold = 'cloud-only' | 'on-premises-only' | 'not-cloud';
