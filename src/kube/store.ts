// The objects of one reflector, by key, and the rule which of two versions is the later one. Events, lists and the
// answers to our own writes arrive in any order; what is older than what is held is ignored.
import { isSame } from './changes.ts';
import { compareResourceVersions, isNewer } from './resource-version.ts';

export interface Entry<T> {
  readonly uid: string;
  readonly version: string;
  readonly value: T;
}

export interface Change<T> {
  readonly key: string;
  /** Undefined: the object is new. */
  readonly before: T | undefined;
  /** Undefined: the object is gone. An object created anew under its name is gone first and then new. */
  readonly after: T | undefined;
  /** The change is our own write, recorded by whoever made it. */
  readonly own: boolean;
}

export class Store<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #onChange: (change: Change<T>) => void;
  /** Made, but not told yet: nobody is told before all of a list has been taken in. */
  #untold: Change<T>[] = [];
  /** Keys of our own deletes, with the version up to which events are old news. */
  readonly #buried = new Map<string, string>();
  /** Keys written by ourselves since the list now under way began. */
  readonly #touched = new Set<string>();
  #snapshot: readonly T[] | undefined;
  #version = '';

  constructor(onChange: (change: Change<T>) => void) {
    this.#onChange = onChange;
  }

  /** The resourceVersion up to which the watch or the list has told everything. */
  get version(): string {
    return this.#version;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  entry(key: string): Entry<T> | undefined {
    return this.#entries.get(key);
  }

  /** The same array until something changes. */
  list(): readonly T[] {
    this.#snapshot ??= Array.from(this.#entries.values(), ({ value }) => value);
    return this.#snapshot;
  }

  advance(version: string): void {
    this.#version = version;
  }

  /** An ADDED or MODIFIED event. */
  put(key: string, entry: Entry<T>): void {
    const buried = this.#buried.get(key);
    if (buried !== undefined) {
      if (!isNewer(entry.version, buried)) return;
      this.#buried.delete(key);
    }
    const held = this.#entries.get(key);
    if (held === undefined || isNewer(entry.version, held.version)) this.#set(key, entry, false);
    this.#tell();
  }

  /** A DELETED event. Old servers give it the version that the object had, newer ones that of the deletion. */
  remove(key: string, version: string): void {
    this.#buried.delete(key);
    const held = this.#entries.get(key);
    if (held !== undefined && (compareResourceVersions(version, held.version) ?? 0) >= 0)
      this.#delete(key, false);
    this.#tell();
  }

  /** The answer to our own write. */
  record(key: string, entry: Entry<T>): void {
    this.#touched.add(key);
    // Not held although the watch has told everything up to there: it was deleted again meanwhile.
    const known = this.#entries.get(key)?.version ?? this.#version;
    if (known === '' || isNewer(entry.version, known)) this.#set(key, entry, true);
    this.#tell();
  }

  /** Our own delete: the object is gone, whatever events up to `version` still come in. */
  forget(key: string, version: string): void {
    if (!this.#entries.has(key)) return;
    this.#touched.add(key);
    this.#buried.set(key, version);
    this.#delete(key, true);
    this.#tell();
  }

  beginReplace(): void {
    this.#touched.clear();
  }

  /** A complete list as of `version`: it counts even where its versions are older, which is so after a restore. */
  replace(listed: ReadonlyMap<string, Entry<T>>, version: string): void {
    this.#version = version;
    const gone = Array.from(this.#entries).filter(([key, held]) => {
      return !listed.has(key) && !this.#isOurs(key, held.version, version);
    });
    for (const [key] of gone) this.#delete(key, false);
    for (const [key, entry] of listed) this.#replaceOne(key, entry, version);
    for (const key of this.#buried.keys()) if (!this.#touched.has(key)) this.#buried.delete(key);
    this.#tell();
  }

  #replaceOne(key: string, entry: Entry<T>, listVersion: string): void {
    const held = this.#entries.get(key);
    if (held === undefined) {
      const buried = this.#touched.has(key) ? this.#buried.get(key) : undefined;
      if (buried === undefined || isNewer(entry.version, buried)) this.#set(key, entry, false);
      return;
    }
    const same = held.uid === entry.uid && held.version === entry.version;
    if (!same && !this.#isOurs(key, held.version, listVersion)) this.#set(key, entry, false);
  }

  /** Written by ourselves after the list was taken. */
  #isOurs(key: string, heldVersion: string, listVersion: string): boolean {
    return this.#touched.has(key) && isNewer(heldVersion, listVersion);
  }

  #set(key: string, entry: Entry<T>, own: boolean): void {
    const held = this.#entries.get(key);
    if (held !== undefined && held.uid !== entry.uid) this.#delete(key, own);
    const before = this.#entries.get(key)?.value;
    // A newer version with the same content, as most are: nothing is told, and every snapshot stays good.
    if (before !== undefined && isSame(before, entry.value)) {
      this.#entries.set(key, { ...entry, value: before });
      return;
    }
    this.#entries.set(key, entry);
    this.#snapshot = undefined;
    this.#untold.push({ key, before, after: entry.value, own });
  }

  #delete(key: string, own: boolean): void {
    const before = this.#entries.get(key)?.value;
    this.#entries.delete(key);
    this.#snapshot = undefined;
    this.#untold.push({ key, before, after: undefined, own });
  }

  #tell(): void {
    const changes = this.#untold;
    if (changes.length === 0) return;
    this.#untold = [];
    for (const change of changes) this.#onChange(change);
  }
}
