// What the spec says can work, as far as ECS and VPC can tell. It writes nothing: under Enforce its errors hold back what
// other concerns would publish (plan/hold-back.ts). What the cloud does not answer is never taken for wrong.
import type { Condition } from '../../api/hybrid-network.ts';
import type { Reason } from '../../api/conditions.ts';
import { unknownIds } from '../checks/index.ts';
import { failedChecks } from '../cloud-status.ts';
import type { FailedCheck } from '../cloud-status.ts';
import { patienceLeftMs } from '../cloud-silence.ts';
import { presentJudgement, validationMode } from '../cloud-side.ts';
import type { CloudJudgement, CloudSide } from '../cloud-side.ts';
import { notRequired } from '../concern.ts';
import type { Concern, Verdict } from '../concern.ts';
import type { Facts } from '../facts.ts';
import { count, listed } from '../wording.ts';

/** So many checks are told in full; the others stand in status.checks. */
const TOLD = 3;

export const cloudValidated: Concern = {
  name: 'cloud-validated',
  condition: 'CloudValidated',

  plan(facts) {
    if (facts.cloud === undefined) return notAsked(whyNot(facts));
    if (facts.cloud.state === 'unasked') return unasked(facts.cloud);
    const judgement = presentJudgement(facts);
    if (judgement === undefined) return asBefore(facts);
    const ids = unknownIds(facts.network.spec.cloud?.skipChecks ?? []);
    const slips = ids.map((id) => `spec.cloud.skipChecks: there is no check ${id}.`);
    const verdict = judged(judgement);
    const left = patienceLeftMs(facts);
    return {
      ...verdict,
      message: [verdict.message, ...slips].join(' '),
      ...(left === undefined ? {} : { recheckAfterMs: left }),
    };
  },

  unplan: () => notRequired('Nothing was written.'),
};

function whyNot({ network }: Facts): string {
  if (validationMode(network) !== 'Disabled') return 'ECS and VPC are not asked here: see hn check.';
  return network.spec.cloud?.validation === 'Disabled'
    ? 'spec.cloud.validation is Disabled: no cloud API is called.'
    : 'The cloud is not asked: set spec.cloud.regionID to have vSwitches, security groups, routes and the access key checked.';
}

function unasked({ why, fault }: Extract<CloudSide, { state: 'unasked' }>): Verdict {
  if (fault === undefined) return notAsked(why);
  return { health: 'failed', reason: fault, message: why, inForce: true, actions: [] };
}

function notAsked(message: string): Verdict {
  return aside('NotAsked', message);
}

function aside(reason: Reason, message: string): Verdict {
  return { health: 'unknown', reason, message, inForce: true, actions: [], isAside: true };
}

// After a restart, or while another copy takes over, the last judgement of this very spec still stands.
function asBefore({ network }: Facts): Verdict {
  const { status, metadata } = network;
  const before = (status?.conditions ?? []).find(({ type }) => type === 'CloudValidated');
  if (before === undefined || before.observedGeneration !== metadata.generation || !isTelling(before)) {
    return aside('Observing', 'ECS and VPC are being asked.');
  }
  const { status: was, message } = before;
  const reason = before.reason as Reason;
  if (was === 'Unknown') return aside(reason, message);
  const health = was === 'True' ? 'ok' : 'failed';
  return { health, reason, message, inForce: true, actions: [] };
}

/** What came of asking; that nobody could ask is over. */
const JUDGEMENTS: readonly string[] = ['Validated', 'CheckFailed', 'CannotCheck'] satisfies Reason[];

function isTelling({ reason }: Condition): boolean {
  return JUDGEMENTS.includes(reason);
}

function judged(judgement: CloudJudgement): Verdict {
  const failed = failedChecks(judgement);
  const errors = failed.filter(({ severity }) => severity === 'error');
  const lighter = failed.filter(({ severity }) => severity !== 'error');
  const common = { inForce: true, actions: [] };
  const passed = judgement.results.filter(({ outcome }) => outcome.state === 'passed').length;
  const also = [...alsoFailed(lighter), ...outdated(judgement)];
  if (errors.length > 0) {
    const message = [...errors.slice(0, TOLD).map(inFull), ...others(errors), ...also].join(' ');
    return { ...common, health: 'failed', reason: 'CheckFailed', message };
  }
  const praise = `${count(passed, 'check')} passed.`;
  const warnings = lighter.filter(({ severity }) => severity === 'warning');
  const told = warnings.slice(0, TOLD).map(({ id, message }) => `${id}: ${message}`);
  if (judgement.troubles.length > 0) {
    const message = [...judgement.troubles.slice(0, TOLD), praise, ...also].join(' ');
    return { ...aside('CannotCheck', message), warnings: told };
  }
  const message = [praise, ...also].join(' ');
  return { ...common, health: 'ok', reason: 'Validated', message, warnings: told };
}

function inFull({ id, message, remedy }: FailedCheck): string {
  return `${id}: ${message} ${remedy}`;
}

function others(errors: readonly FailedCheck[]): readonly string[] {
  const rest = errors.slice(TOLD).map(({ id }) => id);
  return rest.length === 0 ? [] : [`Also failed: ${listed(rest, 10)}, see status.checks.`];
}

function alsoFailed(lighter: readonly FailedCheck[]): readonly string[] {
  const of = (severity: string): readonly string[] =>
    lighter.filter((one) => one.severity === severity).map(({ id }) => id);
  const [warnings, advice] = [of('warning'), of('info')];
  const told = [
    ...(warnings.length === 0 ? [] : [`${count(warnings.length, 'warning')} (${listed(warnings, 10)})`]),
    ...(advice.length === 0 ? [] : [`advice (${listed(advice, 10)})`]),
  ];
  return told.length === 0 ? [] : [`${told.join(' and ')}: see status.checks.`];
}

function outdated({ outdated: old }: CloudJudgement): readonly string[] {
  return old === undefined ? [] : [`As the cloud said at ${old.asOf}; since then: ${old.why}`];
}
