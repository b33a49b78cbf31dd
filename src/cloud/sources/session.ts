// A session that is renewed in time: one renewal at a time however many ask, the old session as long as it is good, and
// never an expired one.
import type { Clock } from '../../runtime/clock.ts';
import type { CloudIdentity, IdentitySource } from '../identity.ts';
import { cloudErrorOf } from '../trouble.ts';

const RENEW_BEFORE_MS = 15 * 60_000;
/** After a renewal that failed, while the old session lasts. */
const RETRY_MS = 30_000;
/** A session is not used in its last seconds: the request has to arrive. */
const MARGIN_MS = 20_000;

/** `open` throws a CloudError. */
export function sessionSource(
  clock: Clock,
  action: string,
  open: () => Promise<CloudIdentity>,
): IdentitySource {
  let held: CloudIdentity | undefined;
  let renewAt = Number.NEGATIVE_INFINITY;
  let renewal: Promise<CloudIdentity> | undefined;

  const leftMs = (): number =>
    held?.expiresAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(held.expiresAt) - clock.now();

  const renew = (): Promise<CloudIdentity> => {
    renewal ??= open().then(
      (opened) => {
        held = opened;
        renewAt = clock.monotonic() + Math.max(leftMs() - RENEW_BEFORE_MS, leftMs() / 2);
        renewal = undefined;
        return opened;
      },
      (error: unknown) => {
        renewal = undefined;
        renewAt = clock.monotonic() + RETRY_MS;
        throw cloudErrorOf(action, error);
      },
    );
    return renewal;
  };

  return async () => {
    const isGood = leftMs() > MARGIN_MS;
    if (isGood && clock.monotonic() < renewAt) return held;
    if (!isGood) return await renew();
    return await renew().catch(() => held);
  };
}
