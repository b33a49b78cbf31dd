// What the operator of the tests has made use of at the API server, from the audit logs of all clusters of a run, and how it
// compares with what it is allowed. The operator holds its own ServiceAccount's token, and the audit policy records its
// reads too.
import { appendFileSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parse } from '../cluster/audit.ts';
import type { AuditEntry } from '../cluster/audit.ts';
import type { ControlPlane } from '../cluster/types.ts';
import type { AllowedRight } from './allowed-rights.ts';

/** Names the file that a run gathers in; test/global-setup.ts sets it. */
export const GATHERED_IN = 'HYBRIDNETWORK_USED_RIGHTS';
const OPERATOR_USER = 'system:serviceaccount:hybridnetwork-system:hybridnetwork-operator';
const RBAC_REFUSED = 403;
const CREATED = 201;

export interface UsedRight {
  readonly namespace?: string;
  readonly resource: string;
  readonly name?: string;
  readonly verb: string;
}

export interface Comparison {
  /** Made use of, and not allowed. */
  readonly missing: readonly string[];
  /** Allowed, and never made use of. */
  readonly idle: readonly string[];
}

/** The rights that these requests took. A server-side apply that created its object took two. */
export function rightsBehind(entries: readonly AuditEntry[]): readonly UsedRight[] {
  return entries
    .filter(({ user, resource }) => user === OPERATOR_USER && resource !== '')
    .flatMap(({ namespace, group, resource, subresource, name, verb, code }) => {
      const kind = group === '' ? resource : `${resource}.${group}`;
      const right = {
        ...(namespace === undefined ? {} : { namespace }),
        resource: subresource === undefined ? kind : `${kind}/${subresource}`,
        ...(name === undefined ? {} : { name }),
        verb,
      };
      return verb === 'patch' && code === CREATED ? [right, { ...right, verb: 'create' }] : [right];
    });
}

/** Call it when the operators have ended. Does nothing outside of a run of Jest: benches and the demo gather nothing. */
export async function gatherUsedRights({ audit }: Pick<ControlPlane, 'audit'>): Promise<void> {
  const file = process.env[GATHERED_IN];
  if (file === undefined) return;
  const entries = parse(await readFile(audit.path, 'utf8'));
  const lines = new Set(
    entries.flatMap((entry) =>
      rightsBehind([entry]).map((right) =>
        JSON.stringify({ ...right, isRefused: entry.code === RBAC_REFUSED }),
      ),
    ),
  );
  appendFileSync(file, [...lines].map((line) => `${line}\n`).join(''));
}

export interface GatheredRight extends UsedRight {
  readonly isRefused: boolean;
}

export function gatheredRights(file: string): readonly GatheredRight[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as GatheredRight);
}

function covers({ place, resource, names, verbs }: AllowedRight, used: UsedRight): boolean {
  if (used.resource !== resource || !verbs.includes(used.verb)) return false;
  if (names !== undefined && (used.name === undefined || !names.includes(used.name))) return false;
  return place === 'in the whole cluster' || place === 'bound' || place === used.namespace;
}

export function compareRights(used: readonly GatheredRight[], allowed: readonly AllowedRight[]): Comparison {
  // What was refused is not counted: `hn` reads more than the operator where tests run it with the operator's token.
  const missing = used.filter((one) => !one.isRefused && !allowed.some((right) => covers(right, one)));
  const idle = allowed.flatMap((right) =>
    right.verbs
      .filter((verb) => !used.some((one) => !one.isRefused && one.verb === verb && covers(right, one)))
      .map((verb) => `${verb} ${right.resource}${right.names === undefined ? '' : ` ${right.names.join()}`}`)
      .map((what) => `${what} (${right.place})`),
  );
  const told = missing.map(
    ({ verb, resource, name = '', namespace = 'in the whole cluster' }) =>
      `${verb} ${resource}${name === '' ? '' : ` ${name}`} (${namespace})`,
  );
  return { missing: [...new Set(told)], idle };
}
