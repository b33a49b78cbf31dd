import type { ApiClient } from './api.ts';
import type { AuditLog } from './audit.ts';
import type { Binaries } from './binaries.ts';
import type { ComponentName } from './config.ts';
import type { KubectlOptions, KubectlResult } from './kubectl.ts';
import type { NodeCounts, NodeKind, NodeOverrides } from './nodes.ts';

export interface ControlPlaneOptions {
  /** Stands in messages. */
  readonly name?: string;
  /** An empty or absent directory; deleted in the end. By default one below the system's temporary directory. */
  readonly dir?: string;
  /** Where progress goes; nowhere by default. */
  readonly log?: (line: string) => void;
  readonly auditLog?: boolean;
  /** Let etcd sync to disk, for tests that need its durability. */
  readonly fsync?: boolean;
  /** Programs that have been located already. */
  readonly binaries?: Binaries;
  /** Components to leave out. */
  readonly without?: readonly Exclude<ComponentName, 'etcd' | 'kube-apiserver'>[];
  /** More flags for a component, after ours. */
  readonly flags?: Partial<Record<ComponentName, readonly string[]>>;
}

/** One server of the control plane, for a test to harm. */
export interface ComponentHandle {
  readonly name: ComponentName;
  readonly pid: number | undefined;
  readonly running: boolean;
  readonly logFile: string;
  /** Ends it and waits until it is gone: politely, except the API server, which would take up to a minute. */
  stop(): Promise<void>;
  /** Sends a signal, SIGKILL by default; after SIGKILL the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP. */
  freeze(): Promise<void>;
  /** SIGCONT. */
  thaw(): Promise<void>;
  /** Starts it again after `stop` or `kill`, and waits until it serves. */
  start(): Promise<void>;
  /** SIGKILL and `start`. */
  restart(): Promise<void>;
}

export interface KubeconfigForOptions {
  /** Put the token into a file beside the kubeconfig, as a pod has it, so that it can be exchanged. */
  readonly tokenFile?: boolean;
  readonly seconds?: number;
}

export interface ControlPlane {
  readonly name: string;
  readonly dir: string;
  readonly url: string;
  /** The certificate authority, PEM. */
  readonly ca: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  readonly adminToken: string;
  readonly binaries: Binaries;
  readonly audit: AuditLog;
  /** The harness's own client, as admin. */
  readonly api: ApiClient;
  /** A token of a ServiceAccount that exists, from the TokenRequest API. */
  tokenFor(namespace: string, serviceAccount: string, seconds?: number): Promise<string>;
  /** Writes a kubeconfig for a ServiceAccount that exists and returns its path. */
  kubeconfigFor(namespace: string, serviceAccount: string, options?: KubeconfigForOptions): Promise<string>;
  /** Runs kubectl, as admin unless told otherwise. Any exit code is a result. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** Runs kubectl and returns its standard output; throws where it fails. */
  mustKubectl(args: readonly string[], options?: KubectlOptions): Promise<string>;
  component(name: ComponentName): ComponentHandle;
  /** Adds nodes by count and waits until they take pods; returns their names. */
  joinNodes(counts: NodeCounts): Promise<string[]>;
  addNode(kind: NodeKind, name?: string, overrides?: NodeOverrides): Promise<string>;
  /** Removes a node together with its pods. */
  removeNode(name: string): Promise<void>;
  /** Ends everything and deletes the directory. */
  stop(): Promise<void>;
}
