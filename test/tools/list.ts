// The foreign programs and files that tests use, each at a pinned version. One more is one entry here, and a folder of
// its name beside this file:
//   goProgram    go.mod and go.sum, made in that folder by `go mod init hybridnetwork-operator/test/tools/NAME` and
//                `go get -tool PACKAGE@VERSION`; add the `replace` lines that the program's own go.mod has
//   ownGoProgram   a main.go of our own around a library; go.mod and go.sum by `go get LIBRARY@VERSION`, `go mod tidy`
//   goFiles      the same by `go mod edit -require MODULE@VERSION` and `go mod download`; nothing of it is compiled
//   pythonProgram  requirements.txt with the version and the hashes of its packages
// What comes from Debian stands in debian-packages.txt.
import { fileURLToPath } from 'node:url';

/** Programs built by Go from a module that pins them. */
export interface GoProgram {
  readonly kind: 'go-program';
  readonly dir: string;
  /** What each program is built from. */
  readonly packages: Readonly<Record<string, string>>;
  /** Kubernetes does not know its version from its module: it is linked in. */
  readonly isKubernetes?: boolean;
}

/** A program of our own, of one file, that makes a library speak. */
export interface OwnGoProgram {
  readonly kind: 'own-go-program';
  readonly dir: string;
  readonly program: string;
  /** The module whose version counts. */
  readonly library: string;
}

/** The files of a Go module, as the module proxy serves them and go.sum knows them. */
export interface GoFiles {
  readonly kind: 'go-files';
  readonly dir: string;
  readonly module: string;
}

/** Programs that pip installs into a virtual environment. */
export interface PythonProgram {
  readonly kind: 'python-program';
  readonly dir: string;
  readonly programs: readonly string[];
}

export type Tool = GoProgram | OwnGoProgram | GoFiles | PythonProgram;

const folder = (path: string): string => fileURLToPath(new URL(`${path}/`, import.meta.url));

const goProgram = (path: string, packages: GoProgram['packages']): GoProgram => ({
  kind: 'go-program',
  dir: folder(path),
  packages,
});
const ownGoProgram = (path: string, library: string): OwnGoProgram => ({
  kind: 'own-go-program',
  dir: folder(path),
  program: path,
  library,
});
const goFiles = (path: string, module: string): GoFiles => ({ kind: 'go-files', dir: folder(path), module });
const pythonProgram = (path: string, ...programs: readonly string[]): PythonProgram => ({
  kind: 'python-program',
  dir: folder(path),
  programs,
});

export const TOOLS = {
  helm: goProgram('helm', { helm: 'helm.sh/helm/v4/cmd/helm' }),
  /** What Argo CD, Flux and many people still use. */
  helm3: goProgram('helm3', { helm: 'helm.sh/helm/v3/cmd/helm' }),
  kubeconform: goProgram('kubeconform', { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' }),
  /** Reads rules and queries as Prometheus does, and plays alerts over made-up series. */
  promtool: goProgram('promtool', { promtool: 'github.com/prometheus/prometheus/cmd/promtool' }),
  /** All of Argo CD: which of its commands it is, ARGOCD_BINARY_NAME says. */
  argocd: goProgram('argocd', { argocd: 'github.com/argoproj/argo-cd/v3/cmd' }),
  /** Its CRDs, and a script that it calls. */
  'argocd-files': goFiles('argocd', 'github.com/argoproj/argo-cd/v3'),
  /** How Flux tells whether something is ready. */
  kstatus: ownGoProgram('kstatus', 'sigs.k8s.io/cli-utils'),
  /** Whether Grafana would understand a dashboard, by the types that it publishes. */
  'board-schema': ownGoProgram('board-schema', 'github.com/grafana/grafana-foundation-sdk/go'),
  hadolint: pythonProgram('hadolint', 'hadolint'),
  /** Runs the image, by `npm run test:node`. */
  kubelet: { ...goProgram('kubelet', { kubelet: 'k8s.io/kubernetes/cmd/kubelet' }), isKubernetes: true },
  actionlint: goProgram('actionlint', { actionlint: 'github.com/rhysd/actionlint/cmd/actionlint' }),
  /** The schema of every kind of the control plane that tests run against: its own pin. */
  kubernetes: goFiles('../cluster/gomod', 'k8s.io/kubernetes'),
  /** The CRDs of ServiceMonitor and its like. */
  'prometheus-operator': goFiles('prometheus-operator', 'github.com/prometheus-operator/prometheus-operator'),
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof TOOLS;
export const toolNames = Object.keys(TOOLS) as ToolName[];
/** Tools that are programs. */
export type ProgramName = {
  [Name in ToolName]: (typeof TOOLS)[Name]['kind'] extends 'go-files' ? never : Name;
}[ToolName];
/** Tools of which only files are used. */
export type FilesName = Exclude<ToolName, ProgramName>;
