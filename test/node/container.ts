// What the kernel knows of a container that runs on this machine.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The id that a container's first process has on this machine. containerd lives in a process namespace of its own and knows
 * another.
 */
export function firstProcessOf(containerId: string): number {
  const isFirst = (pid: string): boolean => {
    try {
      if (!readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerId)) return false;
      return /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false; // It has ended meanwhile.
    }
  };
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isFirst(name));
  if (found.length !== 1) throw new Error(`container ${containerId} has ${found.length} first processes`);
  return Number(found[0]);
}

export interface ProcessFacts {
  readonly uid: number;
  readonly gid: number;
  /** Bits of the effective capabilities, as /proc writes them. */
  readonly capabilities: string;
  readonly noNewPrivileges: boolean;
  /** 2: a filter is in force. */
  readonly seccomp: number;
  /** When it was started, in milliseconds since the epoch, to 10 ms. */
  readonly startedAt: number;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html, proc_pid_stat.5.html */
export function processFacts(pid: number): ProcessFacts {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
  const effective = (name: string): number => Number(field(name).split(/\s+/)[1]);
  return {
    uid: effective('Uid'),
    gid: effective('Gid'),
    capabilities: field('CapEff'),
    noNewPrivileges: field('NoNewPrivs') === '1',
    seccomp: Number(field('Seccomp')),
    startedAt: startedAt(pid),
  };
}

const TICKS_PER_SECOND = 100;
const TICKS_FIELD = 19; // Of those behind the name, which may hold anything and stands in parentheses.

function startedAt(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[TICKS_FIELD]);
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return Date.now() - (uptime - ticks / TICKS_PER_SECOND) * 1000;
}

export interface MemoryFacts {
  readonly limit: number;
  /** The most that the container has used, its page cache included, in bytes. */
  readonly peak: number;
  /** How often the limit stood in the way. */
  readonly failures: number;
}

/** Of the control group of this process: version 1 (memory.max_usage_in_bytes) or 2 (memory.peak). */
export function memoryFacts(pid: number): MemoryFacts {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  const own = groups.map((line) => line.split(':')).find(([, controllers]) => controllers === 'memory');
  if (own !== undefined) {
    const read = reader(join('/sys/fs/cgroup/memory', own[2] ?? ''));
    return {
      limit: read('memory.limit_in_bytes'),
      peak: read('memory.max_usage_in_bytes'),
      failures: read('memory.failcnt'),
    };
  }
  const dir = join('/sys/fs/cgroup', groups[0]?.split(':')[2] ?? '');
  const read = reader(dir);
  const events = readFileSync(join(dir, 'memory.events'), 'utf8');
  return {
    limit: read('memory.max'),
    peak: read('memory.peak'),
    failures: Number(/^max (\d+)$/m.exec(events)?.[1]),
  };
}

function reader(dir: string): (file: string) => number {
  if (!existsSync(dir))
    throw new Error(`${dir} is not there: the process has ended, or its group is elsewhere`);
  return (file) => Number(readFileSync(join(dir, file), 'utf8'));
}
