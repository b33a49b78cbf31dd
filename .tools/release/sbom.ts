// The bill of materials, by npm from the lock file, without what differs from one run or machine to the next.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

interface CycloneDx {
  readonly serialNumber?: string;
  readonly metadata: {
    readonly timestamp?: string;
    readonly tools?: unknown;
    readonly component: { readonly name: string; readonly [other: string]: unknown };
    readonly [other: string]: unknown;
  };
  readonly components: readonly unknown[];
  readonly [other: string]: unknown;
}

/** CycloneDX, JSON: what the operator is made of at run time. */
export async function renderSbom(root: string, name: string): Promise<string> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 1 << 26 });
  return `${JSON.stringify(steady(JSON.parse(stdout) as CycloneDx, name), undefined, 2)}\n`;
}

function steady({ serialNumber: _serial, metadata, ...rest }: CycloneDx, name: string): object {
  const { timestamp: _timestamp, tools: _tools, component, ...others } = metadata;
  if (rest.components.length === 0) throw new Error('npm lists no package: is package-lock.json there?');
  // npm takes the name of the folder.
  return { ...rest, metadata: { ...others, component: { ...component, name, type: 'application' } } };
}
