// The operator under a fault plan: in this process with a clock that can be hurried, or as a process that can be killed.
import { LogCensor, createLogger } from '../../src/runtime/logger.ts';
import { startOperator as startInProcess } from '../../src/wiring/operator.ts';
import { startOperator as startProcess } from '../support/operator-process.ts';
import { HurriedClock } from './hurried-clock.ts';
import type { World } from './world.ts';

export interface Subject {
  /** Everything that it has logged. */
  output(): string;
  /** Lets the next of its timers fire now; where its time is the real one, nothing. */
  hurry(): void;
  readonly isHurried: boolean;
  /** Its time, in milliseconds. */
  monotonic(): number;
  stop(): Promise<void>;
}

export interface SubjectOptions {
  readonly leaderElect: boolean;
}

// The name of a container in its pod: one that is started again carries on with its own Lease.
const IDENTITY = 'hybridnetwork-operator-0';

export async function startHere(world: World, { leaderElect }: SubjectOptions): Promise<Subject> {
  const clock = new HurriedClock();
  const censor = new LogCensor();
  let output = '';
  const destination = { write: (line: string): void => void (output += line) };
  const log = createLogger({ level: 'debug', censor, destination });
  process.env['KUBECONFIG'] = world.kubeconfig;
  const running = await startInProcess(
    {
      ...{
        metricsAddress: '127.0.0.1:0',
        healthAddress: '127.0.0.1:0',
        logLevel: 'debug',
        leaderElect,
        fightLimit: 3,
        cloudEndpoint: 'http://127.0.0.1:9',
        httpsProxy: '',
        noProxy: '',
        ramRoleArn: '',
        oidcProviderArn: '',
        oidcTokenFile: '',
        ecsRamRole: '',
        identityEndpoint: '',
      },
      ...{ namespace: 'hybridnetwork-system', identity: IDENTITY },
    },
    { log, censor, clock },
  );
  let stopping: Promise<void> | undefined;
  return {
    output: () => output,
    hurry: () => void clock.jump(),
    isHurried: true,
    monotonic: () => clock.monotonic(),
    stop: async () => await (stopping ??= running.stop()),
  };
}

export interface KillableSubject extends Subject {
  kill(): Promise<void>;
}

export async function startAlone(world: World, { leaderElect }: SubjectOptions): Promise<KillableSubject> {
  const operator = await startProcess({
    kubeconfig: world.kubeconfig,
    dir: world.controlPlane.dir,
    args: [`--leader-elect=${leaderElect}`, `--identity=${IDENTITY}`, '--log-level=debug'],
    until: 'started',
  });
  return {
    output: () => operator.output(),
    hurry: () => {},
    isHurried: false,
    monotonic: () => performance.now(),
    stop: async () => void (await operator.stop()),
    kill: async () => {
      operator.kill('SIGKILL');
      await operator.stop();
    },
  };
}
