// The bill of materials, by npm from the lock file, without what differs from one run or machine to the next.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

interface Component {
  /** `name@version` */
  readonly 'bom-ref': string;
  readonly [other: string]: unknown;
}

interface CycloneDx {
  readonly serialNumber?: string;
  readonly metadata: {
    readonly timestamp?: string;
    readonly tools?: unknown;
    readonly component: Component;
    readonly [other: string]: unknown;
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly [other: string]: unknown;
}

interface Package {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** CycloneDX, JSON: what the operator is made of at run time. The package pins its dependencies exactly. */
export async function renderSbom(root: string, { name, dependencies }: Package): Promise<string> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 1 << 26 });
  const direct = Object.entries(dependencies).map(([dependency, version]) => `${dependency}@${version}`);
  return `${JSON.stringify(steady(ofRunTime(JSON.parse(stdout) as CycloneDx, direct), name), undefined, 2)}\n`;
}

// `npm sbom --omit dev` of npm 11 also leaves out a package for run time that a package for development uses as well.
function ofRunTime(bom: CycloneDx, direct: readonly string[]): CycloneDx {
  const needs = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const absent = direct.filter((ref) => !needs.has(ref));
  if (absent.length > 0) throw new Error(`npm does not list ${absent.join(', ')}: run npm install`);
  const reached = new Set(direct);
  for (const ref of reached) for (const needed of needs.get(ref) ?? []) reached.add(needed);
  const own = bom.metadata.component['bom-ref'];
  return {
    ...bom,
    components: bom.components.filter((component) => reached.has(component['bom-ref'])),
    dependencies: bom.dependencies
      .filter(({ ref }) => ref === own || reached.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: ref === own ? direct : dependsOn })),
  };
}

function steady({ serialNumber: _serial, metadata, ...rest }: CycloneDx, name: string): object {
  const { timestamp: _timestamp, tools: _tools, component, ...others } = metadata;
  // npm takes the name of the folder.
  return { ...rest, metadata: { ...others, component: { ...component, name, type: 'application' } } };
}
