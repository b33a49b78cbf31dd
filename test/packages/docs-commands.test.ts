// Every command in the documentation is run as it stands there, or is listed in support/doc-table.ts with the reason why it
// cannot be run here. What the README shows of the demo is what the demo prints.
import { describe, expect, it } from '@jest/globals';
import { fences } from '../support/markdown.ts';
import type { DocCommand } from './support/doc-commands.ts';
import { commandsOf, pages, readPage, unknownLanguages } from './support/doc-commands.ts';
import type { DocStage } from './support/doc-stage.ts';
import { startStage, untilTrue } from './support/doc-stage.ts';
import { filledIn, isFine, isMeant, isOfPart, NOT_RUN, STAGES, whyNot } from './support/doc-table.ts';
import { run } from './support/render.ts';

const commands = pages.flatMap((page) => commandsOf(page, readPage(page)));
/** These change nothing in a cluster: once is enough, whatever page they stand on. */
const ALONE = /^npm run (demo|tools -- install)$/;
const onStage = commands.filter((command) => whyNot(command) === undefined && !ALONE.test(command.text));

function shown({ page, line, text }: DocCommand): string {
  return `${page}:${line} ${text}`;
}

async function failuresOf(stage: DocStage, typed: readonly DocCommand[]): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const command of typed) {
    const ran = await stage.type(filledIn(command.text));
    if (isFine(command.text, ran)) continue;
    failures.push(`${shown(command)}\nexit code ${ran.code}\n${ran.stdout}${ran.stderr}`);
  }
  return failures;
}

describe('every command', () => {
  it('has its stage, or the reason why it is not run', () => {
    const homeless = onStage.filter(
      (command) => !STAGES.some(({ parts }) => parts.some((part) => isOfPart(part, command))),
    );
    expect(homeless.map(shown)).toEqual([]);
    expect(commands.length).toBeGreaterThan(80);
  });

  it('that is said not to run is there', () => {
    const idle = NOT_RUN.filter((row) => !commands.some((command) => isMeant(row, command)));
    expect(idle.map(({ because }) => because)).toEqual([]);
    const empty = STAGES.flatMap(({ parts }) => parts).filter(
      (part) => !onStage.some((command) => isOfPart(part, command)),
    );
    expect(empty).toEqual([]);
  });

  it.each(pages)('of %s stands in a fence that says what it holds', (page) => {
    expect(unknownLanguages(readPage(page))).toEqual([]);
  });
});

describe.each(STAGES)('$parts', ({ parts, from, leaves = [] }) => {
  it('can be typed as it stands there', async () => {
    const stage = await startStage(from);
    try {
      const typed = parts.flatMap((part) => onStage.filter((command) => isOfPart(part, command)));
      expect(await failuresOf(stage, typed)).toEqual([]);
      for (const command of leaves) await untilTrue(stage, command);
    } finally {
      await stage.stop();
    }
  }, 180_000);
});

describe('on a fresh machine', () => {
  it('the packages of Debian are there after `npm run tools -- install`', async () => {
    expect(commands.map(({ text }) => text)).toContain('npm run tools -- install');
    const { code, stderr } = await run('npm', ['run', '-s', 'tools', '--', 'install']);
    expect([code, stderr]).toEqual([0, '']);
  }, 120_000);

  it('the demo prints what the README shows', async () => {
    const [block] = fences(readPage('README.md')).filter(({ language }) => language === 'console');
    const { code, stdout } = await run('npm', ['run', 'demo']);
    expect(code).toBe(0);
    const plain = (text: string) => text.replaceAll(/\b\d+s\b/g, 'AGE').replaceAll(/ +/g, ' ');
    const printed = stdout.split('\n').map((line) => plain(line).trim());
    const expected = (block?.body ?? '')
      .trim()
      .split('\n')
      .map((line) => plain(line).trim());
    expect(expected.length).toBeGreaterThan(2);
    expect(expected.filter((line) => !printed.includes(line))).toEqual([]);
  }, 180_000);
});

describe('a command as the tests read it', () => {
  const text = [
    'Run `kubectl apply -k deploy`, not `kubectl apply`, and never `helm install … --wait`.',
    '',
    '## There',
    '',
    '```bash',
    '# a comment',
    'kubectl get nodes \\',
    '  -o wide',
    "kubectl patch x -p '{",
    "  }'   # so",
    '```',
    '',
    '```console',
    '$ helm list',
    'NAME',
    '```',
    '',
    '```',
    'kubectl hidden in a fence',
    '```',
  ].join('\n');

  it('goes on over lines, and has no comment', () => {
    expect(commandsOf('x.md', text)).toEqual([
      { page: 'x.md', line: 1, section: '', text: 'kubectl apply -k deploy' },
      { page: 'x.md', line: 7, section: 'there', text: 'kubectl get nodes \\\n  -o wide' },
      { page: 'x.md', line: 9, section: 'there', text: "kubectl patch x -p '{\n  }'" },
      { page: 'x.md', line: 14, section: 'there', text: 'helm list' },
    ]);
    expect(unknownLanguages(text)).toEqual(['']);
  });

  it('that fails is told, with where it stands', async () => {
    const stage: DocStage = {
      type: async () => await Promise.resolve({ code: 1, stdout: '', stderr: 'no such file' }),
      stop: async () => await Promise.resolve(),
    };
    const [command] = commandsOf('x.md', text);
    expect(command).toBeDefined();
    expect(await failuresOf(stage, command === undefined ? [] : [command])).toEqual([
      'x.md:1 kubectl apply -k deploy\nexit code 1\nno such file',
    ]);
  });
});
