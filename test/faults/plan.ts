// The plans of the campaign: every request of the recorded runs with every fault that can happen to it.
import type { Entry } from './exchange.ts';
import { isChange, isWrite } from './fault.ts';
import type { Fault } from './fault.ts';
import { JOBS } from './jobs.ts';
import type { Job } from './jobs.ts';
import { REQUEST_FAULTS } from './request-faults.ts';
import { WATCH_FAULTS } from './watch-faults.ts';
import { WORLD_FAULTS } from './world-faults.ts';

export interface Plan {
  /** `repair/patch-daemonsets-calico-node#1/reset-after`: what `npm run faults -- --plan` takes. */
  readonly id: string;
  readonly job: Job;
  readonly request: string;
  readonly occurrence: number;
  readonly fault: Fault;
}

// The process is killed by whoever runs the plan; these say when.
const never: Fault['harm'] = async () => {};
export const CRASHES: readonly Fault[] = [
  { id: 'killed-before', family: 'crash', applies: isChange, harm: never },
  { id: 'killed-after', family: 'crash', applies: isWrite, harm: never },
  { id: 'killed-answered', family: 'crash', applies: isChange, harm: never },
];

export const FAULTS: readonly Fault[] = [...REQUEST_FAULTS, ...WATCH_FAULTS, ...WORLD_FAULTS, ...CRASHES];

/** Whether a request of a recorded run is worth harming in this job. */
function isHarmed(job: Job, entry: Entry): boolean {
  if (entry.resource === 'events') return job.id === 'apply' && entry.occurrence === 1;
  // How often the status tells of progress depends on how quickly pods come and go.
  if (entry.name.startsWith('patch-hybridnetworks.status') && entry.occurrence > 1) return false;
  // The operator reads the cluster in the same way in every job.
  return entry.kind === 'list' ? job.coversStart : true;
}

export function plansOf(job: Job, record: readonly Entry[]): readonly Plan[] {
  return record
    .filter((entry) => isHarmed(job, entry))
    .flatMap((entry) =>
      FAULTS.filter((fault) => fault.applies(entry)).map((fault) =>
        planOf(job, entry.name, entry.occurrence, fault),
      ),
    );
}

function planOf(job: Job, request: string, occurrence: number, fault: Fault): Plan {
  return { id: `${job.id}/${request}#${occurrence}/${fault.id}`, job, request, occurrence, fault };
}

/** The plan with that id; throws where there is none. */
export function planFromId(id: string): Plan {
  const [, jobId, request, occurrence, faultId] = /^([^/]+)\/(.+)#(\d+)\/([^/]+)$/.exec(id) ?? [];
  const job = JOBS.find((one) => one.id === jobId);
  const fault = FAULTS.find((one) => one.id === faultId);
  if (job === undefined || fault === undefined || request === undefined)
    throw new Error(`no plan has the id ${id}`);
  return planOf(job, request, Number(occurrence), fault);
}
