// The commands of the docs that only read, as somebody at night would type them, with names of a test cluster in place of
// the words in capitals.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READS = /^kubectl (-n \S+ )?(get|describe|auth can-i) /;

export interface Names {
  readonly network: string;
  readonly namespace: string;
  readonly daemonSet: string;
  readonly secret: string;
  readonly node: string;
}

/** Each once, in the order of the pages. */
export function readingCommands(): readonly string[] {
  const pages = globSync('docs/runbooks/**/*.md', { cwd: ROOT }).toSorted();
  const commands = pages.flatMap((page) => {
    const text = readFileSync(`${ROOT}/${page}`, 'utf8');
    const inline = [...text.matchAll(/`(kubectl [^`\n]+)`/g)].map(([, code = '']) => code);
    const blocks = [...text.matchAll(/^ *(kubectl [^\n]+)$/gm)].map(([, line = '']) => line);
    return [...inline, ...blocks].map((command) => command.replace(/ +#.*$/, ''));
  });
  return [...new Set(commands)].filter((command) => READS.test(command));
}

export function withNames(command: string, names: Names): string {
  return command
    .replaceAll(/\b(hn|hybridnetwork) NAME\b/g, `$1 ${names.network}`)
    .replaceAll(/\bds NAME\b/g, `ds ${names.daemonSet}`)
    .replaceAll(/\bsecret NAME\b/g, `secret ${names.secret}`)
    .replaceAll(/\bNAMESPACE\b/g, names.namespace)
    .replaceAll(/\bNODE\b/g, names.node);
}
