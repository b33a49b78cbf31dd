// Reasons that have to do with the cloud side: what ECS and VPC say, and what waits for it.
import type { ReasonText } from './reason-text.ts';

export const CLOUD_REASONS = {
  Validated: {
    meaning: 'No check of severity error failed; warnings stand in `status.checks`.',
  },
  CheckFailed: {
    meaning:
      'Checks of severity error failed: pods will not come up, or not reach each other. All that failed stand in `status.checks`.',
    remedy:
      'Do what the message says. A check that does not fit the cluster is left out by its id in `spec.cloud.skipChecks`.',
    stalls: true,
  },
  CannotCheck: {
    meaning:
      'A part of the cloud side cannot be asked: RAM does not allow it, the cloud gives no answer, or the clock here is wrong. Nothing is taken for wrong because of that, and nothing waits for it.',
    remedy: 'The message says what is in the way.',
  },
  CloudSilent: {
    meaning:
      'For two minutes ECS and VPC have given no answer of use (out of reach, too many calls), so that nobody can tell whether the cloud side is in order. What is held stays held, and repairs go on.',
    remedy:
      'Look at DNS, the egress proxy and the firewall; it is over with the first answer. Where the operator has no way to the cloud at all: `spec.cloud.validation: Disabled`.',
  },
  NotAsked: {
    meaning: 'The cloud is not asked: by `spec.cloud.validation`, or for lack of a region or an access key.',
    remedy: 'Set `spec.cloud.regionID`, and see that the access key is in place.',
  },
  AwaitingValidation: {
    meaning:
      '`spec.cloud.validation` is Enforce, and the cloud has not been asked yet about what is to be written.',
  },
  HeldBack: {
    meaning:
      '`spec.cloud.validation` is Enforce, and because of checks that fail neither a first write nor a change is made. What was in place stays, and is repaired.',
    remedy:
      'Do what the condition CloudValidated says, or set `spec.cloud.validation: Warn` to have it written all the same.',
    stalls: true,
  },
  ZonesUnknown: {
    meaning:
      'The zones of `spec.terway.eniConfig.vSwitchIDs` have not been looked up yet. The vswitches that stand in eni_conf stay.',
    remedy: 'If it stays, see the condition CloudValidated, or give the zones in `vSwitches`.',
  },
  VSwitchNotFound: {
    meaning:
      'The VPC has no vSwitch of an id in `spec.terway.eniConfig.vSwitchIDs`. The vswitches that stand in eni_conf stay.',
    remedy: 'Correct the id, or create the vSwitch.',
    stalls: true,
  },
} as const satisfies Record<string, ReasonText>;
