// Reasons that come of trying an access key at the cloud.
import type { ReasonText } from './reason-text.ts';

export const KEY_REASONS = {
  KeyAccepted: { meaning: 'The cloud takes the access key.' },
  KeyOnTrial: { meaning: 'The access key is being tried at the cloud, and is published when it is taken.' },
  KeyNotTried: {
    meaning:
      'The access key cannot be tried: the cloud is out of reach, asks for patience, or the clocks differ. Where a usable key is in place it stays until this one has been tried; where there is none, this one is published untried.',
    remedy:
      'Read the message for what stands in the way. It is tried again by itself. Where the operator has no way to the cloud at all: `spec.cloud.validation: Disabled`.',
  },
  KeyRejected: {
    meaning:
      'The cloud does not take the access key: it does not exist, is disabled, or its secret is wrong. A new one is not published, and the last good one stays.',
    remedy:
      'See in the RAM console whether the key is there and enabled, and write the right one into the Secret that the message names. It is tried again within minutes, and at once when it changes.',
    stalls: true,
  },
  SourceStale: {
    meaning:
      'The cloud does not take the access key in the Secret of `credentials.secretRef`, and takes another one that somebody has put into alibaba-addon-secret. That one is not overwritten.',
    remedy: 'Write the key that is in use, or a newer one, into the Secret of `credentials.secretRef`.',
    stalls: true,
  },
} as const satisfies Record<string, ReasonText>;
