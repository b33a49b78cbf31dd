// What the demo stands on: headings, kubectl commands as a person types them with what they print, and waiting.
import type { ControlPlane } from '../cluster/types.ts';
import { eventually } from '../support/eventually.ts';

const isColoured = process.stdout.isTTY;
const bold = (text: string): string => (isColoured ? `\u001B[1m${text}\u001B[22m` : text);
const dim = (text: string): string => (isColoured ? `\u001B[2m${text}\u001B[22m` : text);

export interface Stage {
  heading(text: string): void;
  say(...lines: readonly string[]): void;
  /** Runs kubectl, shows the command and what it printed, and returns that. */
  kubectl(command: string): Promise<string>;
  /** Runs kubectl without showing it. */
  quietly(...args: readonly string[]): Promise<string>;
  until(what: string, isTrue: () => Promise<boolean>): Promise<void>;
}

// Words as a shell would split them; single quotes keep what is inside.
function words(command: string): readonly string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}

export function createStage(controlPlane: ControlPlane): Stage {
  let step = 0;
  const write = (text: string): void => void process.stdout.write(`${text}\n`);
  return {
    heading(text) {
      step += 1;
      write(`\n${bold(`${step}. ${text}`)}\n`);
    },
    say(...lines) {
      for (const line of lines) write(line);
    },
    async kubectl(command) {
      write(dim(`$ kubectl ${command}`));
      const output = await controlPlane.mustKubectl(words(command));
      if (output.trim() !== '') write(output.trimEnd().replaceAll(/^/gm, '  '));
      return output;
    },
    quietly: async (...args) => await controlPlane.mustKubectl(args),
    async until(what, isTrue) {
      await eventually(isTrue, { what, timeoutMs: 60_000 });
    },
  };
}
