// Every concern, in the order in which they are carried out. A new one is a file and a line here.
import type { Concern } from '../concern.ts';
import { cloudValidated } from './cloud-validated.ts';
import { credentials } from './credentials.ts';
import { eniConfig } from './eni-config.ts';
import { overlay } from './overlay.ts';
import { onPremisesIsolation } from './on-premises-isolation.ts';
import { terwayPlacement } from './terway-placement.ts';
import { terwayRollout } from './terway-rollout.ts';

export const CONCERNS: readonly Concern[] = [
  // First of all: Terway on an on-premises node destroys the network that is there.
  terwayPlacement,
  onPremisesIsolation,
  overlay,
  // Before the two that change what Terway reads: it notes what Terway has read so far.
  terwayRollout,
  credentials,
  eniConfig,
  cloudValidated,
];
