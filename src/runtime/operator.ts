// The operator's frame: @dot-i/k8s-operator gives the life cycle, the words for events and the finalizer
// protocol; whatever it would send itself goes through the transport that it is handed (docs/adr/0002).
import dotI from '@dot-i/k8s-operator';
import type { OperatorLogger, ResourceEvent, ResourceMeta } from '@dot-i/k8s-operator';
import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import type { Resource, Transport, Watch, WatchedResource, WatchNotice } from './transport.ts';

export type { ResourceEvent, ResourceMeta } from '@dot-i/k8s-operator';

export interface KubernetesOperatorOptions {
  readonly logger: OperatorLogger;
  /** The kind that the operator serves: its objects get the status and the finalizer. */
  readonly resource: Resource;
  /** Builds the transport over the one KubeConfig of this process. */
  readonly connect: (kubeConfig: KubeConfig) => Transport;
  /** Called by `start`: opens the watches. */
  readonly init: (operator: KubernetesOperator) => Promise<void>;
}

interface MetadataRead {
  readonly uid: string | undefined;
  readonly finalizers: readonly string[];
}

type WatchResourceArguments = [
  group: string,
  version: string,
  plural: string,
  onEvent: (event: ResourceEvent) => Promise<void>,
  namespace?: string,
];

const eventTypes = {
  ADDED: dotI.ResourceEventType.Added,
  MODIFIED: dotI.ResourceEventType.Modified,
  DELETED: dotI.ResourceEventType.Deleted,
} as const;

// A class of its own because `super` may stand in a `try` only where no private fields are.
abstract class ConfiguredOperator extends dotI.default {
  constructor(logger: OperatorLogger) {
    try {
      super(logger);
    } catch (error) {
      throw unusable(error);
    }
    if (isTheFallback(this.kubeConfig)) {
      throw new Error(
        'No cluster is configured: set KUBECONFIG to a kubeconfig file, or run in a pod with a ServiceAccount token.',
      );
    }
  }
}

export class KubernetesOperator extends ConfiguredOperator {
  readonly #resource: Resource;
  readonly #transport: Transport;
  readonly #init: (operator: KubernetesOperator) => Promise<void>;
  readonly #watches: Watch[] = [];
  /** What was read along with a meta: the base class hands over only the list to be written. */
  readonly #read = new WeakMap<ResourceMeta, MetadataRead>();
  #stopped = false;

  constructor(options: KubernetesOperatorOptions) {
    super(options.logger);
    this.#resource = options.resource;
    this.#init = options.init;
    this.#transport = options.connect(this.kubeConfig);
  }

  /** The only KubeConfig of this process: loaded once, by the base class. */
  get config(): KubeConfig {
    return this.kubeConfig;
  }

  /** Watches a kind. The event carries the object's identity and no content; it is there to enqueue a key. */
  async watch(resource: WatchedResource, onEvent: (event: ResourceEvent) => void): Promise<void> {
    const watch = await this.#transport.watch(resource, (notice) => {
      if (this.#stopped) return;
      onEvent(eventOf(resource, notice));
    });
    if (this.#stopped) {
      await watch.close();
      return;
    }
    this.#watches.push(watch);
    this.logger.debug(`watching ${resource.plural}`);
  }

  /** Puts the finalizer on an object that is not being deleted; true when that took a write. */
  async ensureFinalizer(object: KubernetesObject, finalizer: string): Promise<boolean> {
    if (object.metadata?.deletionTimestamp !== undefined) return false;
    return await this.handleResourceFinalizer(this.#eventAbout(object), finalizer, neverCalled);
  }

  /**
   * Runs `undo` and then takes the finalizer off, whether the object is being deleted or merely no longer needs
   * it. An `undo` that throws leaves the finalizer where it is. True when there was a finalizer to take off.
   */
  async releaseFinalizer(
    object: KubernetesObject,
    finalizer: string,
    undo: () => Promise<void>,
  ): Promise<boolean> {
    const before = object.metadata?.finalizers ?? [];
    if (!before.includes(finalizer)) return false;
    const event = this.#eventAbout(object);
    if (object.metadata?.deletionTimestamp !== undefined) {
      return await this.handleResourceFinalizer(event, finalizer, undo);
    }
    await undo();
    await this.setResourceFinalizers(
      event.meta,
      before.filter((other) => other !== finalizer),
    );
    return true;
  }

  /** Merges into the status of an object of the operator's kind; returns the new resourceVersion. */
  async patchStatus(object: KubernetesObject, status: unknown): Promise<string> {
    const written = await this.patchResourceStatus(this.#eventAbout(object).meta, status);
    return written.resourceVersion;
  }

  /** Closes the watches and comes back when they are closed. It never ends the process. */
  // oxlint-disable-next-line typescript/no-misused-promises -- the base class does not wait; whoever stops us must
  override async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#watches.splice(0).map(async (watch) => await watch.close()));
  }

  protected override async init(): Promise<void> {
    await this.#init(this);
  }

  // The base class: exits on any error, replays everything after each reconnect, without a resourceVersion.
  // (Its arguments lack the kind; nobody here needs it, so the plural stands in.)
  protected override async watchResource(
    ...[group, version, plural, onEvent, namespace]: WatchResourceArguments
  ): Promise<void> {
    const resource = {
      group,
      version,
      plural,
      kind: plural,
      ...(namespace === undefined ? {} : { namespace }),
    };
    await this.watch(resource, (event) => {
      onEvent(event).catch((error: unknown) => {
        this.logger.error(`handling an event of ${plural}: ${firstLineOf(error)}`);
      });
    });
  }

  // The base class: overwrites the whole list with what was read some time ago, and swallows errors. Here the
  // write holds only for the very list, and the very object, that was read, so that nobody's finalizer is lost.
  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    const read = this.#read.get(meta);
    if (read === undefined)
      throw new Error(`The finalizers of ${meta.name} were not read before this write.`);
    const path = '/metadata/finalizers';
    await this.#transport.patchObject(meta, [
      { op: 'test', path: '/metadata/uid', value: read.uid ?? null },
      // `null` matches a list that is absent, and the API server stores no empty one.
      { op: 'test', path, value: read.finalizers.length === 0 ? null : read.finalizers },
      { op: 'add', path, value: finalizers },
    ]);
  }

  // The base class: swallows errors, and sends a resourceVersion, which turns any stale read into a conflict.
  protected override async patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    return { ...meta, resourceVersion: await this.#transport.patchStatus(meta, status) };
  }

  // The base class: a PUT. One way to write a status is enough; a field that must go is given as null.
  protected override async setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    return await this.patchResourceStatus(meta, status);
  }

  // The base class: reads `basePath`, which today's client does not have.
  protected override getCustomResourceApiUri(
    group: string,
    version: string,
    plural: string,
    namespace?: string,
  ): string {
    const server = this.kubeConfig.getCurrentCluster()?.server.replace(/\/+$/, '') ?? '';
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    return `${server}${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`;
  }

  protected override async registerCustomResourceDefinition(crdFile: string): Promise<never> {
    throw new Error(`${crdFile} is installed from the manifests; the operator has no right to write a CRD.`);
  }

  // A copy: the base class pushes its finalizer into the list that it is given.
  #eventAbout(object: KubernetesObject): ResourceEvent {
    const { group, version, plural, kind } = this.#resource;
    const metadata = structuredClone(object.metadata ?? {});
    const copy: KubernetesObject = { apiVersion: apiVersionOf(group, version), kind, metadata };
    const meta = dotI.ResourceMetaImpl.createWithPlural(plural, copy);
    this.#read.set(meta, { uid: metadata.uid, finalizers: [...(metadata.finalizers ?? [])] });
    return { meta, type: dotI.ResourceEventType.Modified, object: copy };
  }
}

function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

function eventOf(resource: WatchedResource, notice: WatchNotice): ResourceEvent {
  const apiVersion = apiVersionOf(resource.group, resource.version);
  const { type: _, ...identity } = notice;
  const object = { apiVersion, kind: resource.kind, metadata: identity };
  return {
    meta: dotI.ResourceMetaImpl.createWithPlural(resource.plural, object),
    type: eventTypes[notice.type],
    object,
  };
}

// client-node, finding nothing, falls back to kubectl's ancient default, which would fail later and obscurely.
function isTheFallback(kubeConfig: KubeConfig): boolean {
  return (
    kubeConfig.getCurrentContext() === 'loaded-context' &&
    kubeConfig.getCurrentCluster()?.server === 'http://localhost:8080'
  );
}

// No `cause`, and only the first line: below it, a YAML error quotes the file, which may hold a token.
function unusable(error: unknown): Error {
  return new Error(`The kubeconfig cannot be used: ${firstLineOf(error)}`);
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

async function neverCalled(): Promise<void> {
  throw new Error('An object that is not being deleted has nothing to undo.');
}
