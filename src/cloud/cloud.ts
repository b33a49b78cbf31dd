// The cloud side: the only way from the operator to ECS and VPC. Everything here reads; nothing writes.
import type { Clock } from '../runtime/clock.ts';
import { createCaller } from './call.ts';
import type { CallRecord } from './call.ts';
import { createHttp } from './http.ts';
import type { CloudIdentity, IdentitySource } from './identity.ts';
import { probe } from './probe.ts';
import type { ProbeResult } from './probe.ts';
import type { ProxyOptions } from './proxy.ts';
import { createReader } from './reader.ts';
import type { CloudReader } from './reader.ts';
import { ramRoleSource } from './sources/ram-role.ts';
import type { RamRoleOptions } from './sources/ram-role.ts';
import { rrsaSource } from './sources/rrsa.ts';
import type { RrsaOptions } from './sources/rrsa.ts';

export interface CloudOptions {
  readonly clock: Clock;
  /** The API's address, `http://127.0.0.1:8787` or that of a private endpoint; absent: by the region. Never from an object. */
  readonly endpoint?: string | undefined;
  readonly proxy?: ProxyOptions | undefined;
  /** For a call with all of its tries; 10 s. */
  readonly deadlineMs?: number | undefined;
  /** Told of each call, for metrics. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
}

export interface Cloud {
  /** The cloud as an identity sees it. Keep it: what was asked is remembered there. */
  reader(source: IdentitySource): CloudReader;
  /** Whether the cloud accepts a key. Never throws. */
  probe(identity: CloudIdentity, regionId: string): Promise<ProbeResult>;
  /** The role of the pod's service account. */
  rrsa(options: RrsaOptions): IdentitySource;
  /** The role of the ECS instance. */
  ramRole(options?: RamRoleOptions): IdentitySource;
  close(): Promise<void>;
}

/** Opens no connection and loads no SDK before the first call. */
export function createCloud({ clock, endpoint, proxy, deadlineMs, onCall }: CloudOptions): Cloud {
  const http = createHttp({ clock, proxy, deadlineMs });
  const caller = createCaller({ clock, http, endpoint, onCall });
  const prober = createCaller({ clock, http, endpoint, onCall });
  return {
    reader: (source) => createReader({ caller, source, clock }),
    probe: async (identity, regionId) => await probe(prober, identity, regionId),
    rrsa: (options) => rrsaSource(http, clock, options),
    ramRole: (options) => ramRoleSource(http, clock, options),
    close: async () => {
      await http.close();
    },
  };
}
