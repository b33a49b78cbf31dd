export interface Progress {
  stop(succeeded: boolean): void;
}

export interface ProgressOptions {
  readonly log: (line: string) => void;
  readonly terminal: boolean;
}

/** Shows that something long is going on: a counter on a terminal, a line about every 15 s elsewhere. */
export function startProgress(what: string, { log, terminal }: ProgressOptions): Progress {
  const begun = performance.now();
  const seconds = (): number => Math.round((performance.now() - begun) / 1000);
  if (!terminal) log(`${what} …`);
  const tick = (): void => {
    if (terminal) process.stderr.write(`\r${what} … ${seconds()} s`);
    else log(`${what} … ${seconds()} s`);
  };
  if (terminal) tick();
  const timer = setInterval(tick, terminal ? 1000 : 15_000);
  return {
    stop(succeeded) {
      clearInterval(timer);
      const line = `${what}: ${succeeded ? 'done' : 'failed'} after ${seconds()} s`;
      if (terminal) process.stderr.write(`\r${line}\n`);
      else log(line);
    },
  };
}
