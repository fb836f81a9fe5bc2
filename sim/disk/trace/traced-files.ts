/**
 * A file system rebuilt from traced calls, below one directory: what the process sees, and what a power cut may leave.
 *
 * Method: each file has a page cache and a disk (traced-file.ts). Operations on names (make, rename, unlink, mkdir) form one line, as a
 * journaling file system commits them: a power cut keeps the line up to some point, at least up to the last that a sync made durable; the
 * sync of a file covers the operations that gave it its name, the sync of a directory all of them so far. A call in flight at the cut may
 * have had its effect, in part or whole. Any call that this model does not know is an error.
 */
import { join } from 'node:path';
import type { RandomStream } from '../../random.ts';
import { bytesOf, pathOf, type SystemCall, type TraceEvent } from './system-calls.ts';
import { type SyncCover, TracedFile } from './traced-file.ts';

type NameOperation =
  | { readonly kind: 'make'; readonly path: string; readonly file: TracedFile | null }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string };

/** Path → file; `null`: a directory. */
export type Tree = Map<string, TracedFile | null>;
/** The same with contents. */
export type Image = Map<string, Buffer | null>;

/** Threads that may be in a call on a file when the process is killed; a rename touches two names. */
const callsInFlightMax = 8;

interface Descriptor {
  readonly path: string;
  /** `null`: the directory itself. */
  readonly file: TracedFile | null;
  readonly durable: boolean;
  readonly append: boolean;
  position: number;
}

export class TracedFiles {
  readonly #root: string;
  readonly #names: NameOperation[] = [];
  #durableNames = 0;
  #tree: Tree = new Map();
  #descriptors = new Map<number, Descriptor>();
  readonly #inFlight = new Map<number, SystemCall>();
  /** Calls of close under way → the descriptor as it was when they began. */
  readonly #closing = new Map<number, Descriptor>();
  readonly #covers = new Map<number, { readonly cover: SyncCover | null; readonly names: number }>();

  constructor(root: string) {
    this.#root = root;
  }

  apply(event: TraceEvent): void {
    if (event.kind === 'begin') {
      this.#inFlight.set(event.id, event.call);
      if (event.call.name === 'fsync' || event.call.name === 'fdatasync') this.#beginSync(event.id, event.call);
      if (event.call.name === 'close') this.#beginClose(event.id, event.call);
      return;
    }
    // Killed within the call: in flight for ever.
    if (Number.isNaN(event.result)) return;
    this.#inFlight.delete(event.id);
    if (event.result < 0) return;
    this.#end(event.id, event.call, event.result);
  }

  /**
   * The process is gone: its descriptors too. `actual` is the directory as it is now. After an orderly end the trace must explain every
   * byte. A killed thread may have been in a call that the trace shows without an end, or not at all: one a thread.
   */
  processEnded(actual: Image, killed: boolean): void {
    const differing = differences(this.#tree, actual);
    const open = new Set([...this.#descriptors.values()].map((descriptor) => descriptor.path));
    for (const path of differing) {
      const file = this.#tree.get(path);
      const content = actual.get(path);
      const excused = killed && differing.length <= callsInFlightMax && (open.has(path) || file === undefined || content === undefined);
      if (!excused || file === null || content === null) throw new Error(unexplained(path, file, content));
      if (content === undefined) this.#name({ kind: 'remove', path });
      else if (file !== undefined) file.become(content);
      else {
        const made = new TracedFile();
        made.become(content);
        this.#name({ kind: 'make', path, file: made });
      }
    }
    this.#inFlight.clear();
    this.#covers.clear();
    this.#closing.clear();
    this.#descriptors = new Map();
  }

  /** The directory after the process was killed now: everything written is there, and some of what was in flight. */
  afterKill(random: RandomStream): Image {
    const copies = new Map<TracedFile, TracedFile>();
    this.#leaveWritesInFlight(random, copies);
    return contentsOf(this.#tree, (file) => (copies.get(file) ?? file).cache);
  }

  /** The directory after the power failed now. */
  afterPowerCut(random: RandomStream): Image {
    const copies = new Map<TracedFile, TracedFile>();
    this.#leaveWritesInFlight(random, copies);
    const kept = random.pick([0, 0, 500, 500, 1000]);
    const names = [...this.#names, ...this.#namesInFlight()];
    const count = kept === 0 ? this.#durableNames : random.between(this.#durableNames, names.length);
    const tree: Tree = new Map();
    for (const operation of names.slice(0, count)) carryOut(tree, operation);
    return contentsOf(tree, (file) => (copies.get(file) ?? file).afterPowerCut(random, kept));
  }

  #end(id: number, call: SystemCall, result: number): void {
    const [first, second, third] = call.arguments;
    switch (call.name) {
      case 'openat':
        this.#opened(pathOf(second), third, result);
        return;
      case 'close':
        this.#endClose(id, call);
        return;
      case 'write':
      case 'pwrite64':
        this.#written(call, result);
        return;
      case 'fsync':
      case 'fdatasync':
        this.#endSync(id, call);
        return;
      case 'mkdir':
        if (this.#isOurs(pathOf(first))) this.#name({ kind: 'make', path: pathOf(first), file: null });
        return;
      case 'rename':
        if (this.#isOurs(pathOf(first))) this.#name({ kind: 'rename', from: pathOf(first), to: pathOf(second) });
        return;
      case 'unlink':
      case 'rmdir':
        if (this.#isOurs(pathOf(first))) this.#name({ kind: 'remove', path: pathOf(first) });
        return;
      case 'mmap':
        if (this.#descriptors.has(Number(call.arguments[4])) && call.arguments[2].includes('PROT_WRITE')) this.#unknown(call);
        return;
      case 'fcntl':
        if (this.#descriptors.has(Number(first)) && call.arguments[1].startsWith('F_DUPFD')) this.#unknown(call);
        return;
      default:
        if (this.#touchesOurs(call)) this.#unknown(call);
    }
  }

  #opened(path: string, flags: string, descriptor: number): void {
    if (!this.#isOurs(path)) return;
    const known = this.#tree.get(path);
    let file = known ?? null;
    const writable = flags.includes('O_WRONLY') || flags.includes('O_RDWR');
    if (known === undefined && !flags.includes('O_CREAT')) throw new Error(`${path} was opened, but the trace did not make it`);
    if (known === undefined || (known !== null && writable && flags.includes('O_TRUNC') && known.cache.length > 0)) {
      // A file cut to nothing is a new one under the old name.
      file = new TracedFile();
      this.#name({ kind: 'make', path, file });
    }
    const durable = flags.includes('O_DSYNC') || flags.includes('O_SYNC');
    this.#descriptors.set(descriptor, { path, file, durable, append: flags.includes('O_APPEND'), position: 0 });
  }

  #written(call: SystemCall, count: number): void {
    const target = this.#descriptors.get(Number(call.arguments[0]));
    if (target === undefined) return;
    if (target.file === null) throw new Error(`a directory was written: ${target.path}`);
    const offset = offsetOf(call, target);
    target.file.write(offset, bytesOf(call.arguments[1]).subarray(0, count), target.durable);
    if (call.name === 'write') target.position = offset + count;
    if (target.durable) this.#durableNames = Math.max(this.#durableNames, target.file.nameOperations);
  }

  #beginClose(id: number, call: SystemCall): void {
    const closing = this.#descriptors.get(Number(call.arguments[0]));
    if (closing !== undefined) this.#closing.set(id, closing);
  }

  /** The number is free before the call returns: by now another thread may have opened another file under it. */
  #endClose(id: number, call: SystemCall): void {
    const number = Number(call.arguments[0]);
    if (this.#descriptors.get(number) === this.#closing.get(id)) this.#descriptors.delete(number);
    this.#closing.delete(id);
  }

  #beginSync(id: number, call: SystemCall): void {
    const target = this.#descriptors.get(Number(call.arguments[0]));
    if (target !== undefined)
      this.#covers.set(id, { cover: target.file?.cover() ?? null, names: target.file?.nameOperations ?? this.#names.length });
  }

  #endSync(id: number, call: SystemCall): void {
    const covered = this.#covers.get(id);
    this.#covers.delete(id);
    if (covered === undefined) return;
    this.#durableNames = Math.max(this.#durableNames, covered.names);
    if (covered.cover !== null) this.#descriptors.get(Number(call.arguments[0]))?.file?.synced(covered.cover);
  }

  #name(operation: NameOperation): void {
    this.#names.push(operation);
    const file = carryOut(this.#tree, operation);
    if (file !== null) file.nameOperations = this.#names.length;
  }

  /** Of writes in flight a part may be there: in a copy, for the process goes on in the next image. */
  #leaveWritesInFlight(random: RandomStream, copies: Map<TracedFile, TracedFile>): void {
    for (const call of this.#inFlight.values()) {
      const file = this.#fileOf(call);
      const target = this.#descriptors.get(Number(call.arguments[0]));
      if (file === null || target === undefined || (call.name !== 'write' && call.name !== 'pwrite64')) continue;
      const bytes = bytesOf(call.arguments[1]);
      const part = random.permille(300) ? 0 : random.permille(500) ? bytes.length : random.below(bytes.length);
      const copy = copies.get(file) ?? file.copy();
      copies.set(file, copy);
      copy.write(offsetOf(call, target), bytes.subarray(0, part), false);
    }
  }

  #namesInFlight(): NameOperation[] {
    const operations: NameOperation[] = [];
    for (const {
      name,
      arguments: [first, second],
    } of this.#inFlight.values()) {
      if (name === 'rename' && this.#isOurs(pathOf(first)) && this.#tree.has(pathOf(first)))
        operations.push({ kind: 'rename', from: pathOf(first), to: pathOf(second) });
      if (name === 'unlink' && this.#tree.has(pathOf(first))) operations.push({ kind: 'remove', path: pathOf(first) });
    }
    return operations;
  }

  #fileOf(call: SystemCall): TracedFile | null {
    const writes = call.name === 'write' || call.name === 'pwrite64';
    return writes ? (this.#descriptors.get(Number(call.arguments[0]))?.file ?? null) : null;
  }

  #isOurs(path: string): boolean {
    return path === this.#root || path.startsWith(`${this.#root}/`);
  }

  #touchesOurs(call: SystemCall): boolean {
    if (this.#descriptors.has(Number(call.arguments[0]))) return true;
    return call.arguments.some((argument) => argument.startsWith('"') && this.#isOurs(pathOf(argument)));
  }

  #unknown(call: SystemCall): never {
    throw new Error(`${call.name} on a traced file: the model of the file system does not know it`);
  }
}

/** Where a path below `root` lies when the image is laid out in `directory`. */
export function pathIn(root: string, path: string, directory: string): string {
  return join(directory, path.slice(root.length));
}

function offsetOf(call: SystemCall, target: Descriptor): number {
  if (call.name === 'pwrite64') return Number(call.arguments[3]);
  return target.append && target.file !== null ? target.file.cache.length : target.position;
}

function unexplained(path: string, file: TracedFile | null | undefined, content: Buffer | null | undefined): string {
  const size = (bytes: Buffer | null | undefined): string => (bytes instanceof Buffer ? `${bytes.length} bytes` : 'none');
  return `the trace does not explain ${path}: ${size(content)}, ${size(file?.cache)} by the trace`;
}

function differences(tree: Tree, actual: Image): string[] {
  return [...new Set([...tree.keys(), ...actual.keys()])].filter((path) => {
    const file = tree.get(path);
    const content = actual.get(path);
    if (file === null || file === undefined || content === null || content === undefined) return file !== content;
    return !file.cache.equals(content);
  });
}

/** Gives the file that got its name by it. */
function carryOut(tree: Tree, operation: NameOperation): TracedFile | null {
  switch (operation.kind) {
    case 'make':
      tree.set(operation.path, operation.file);
      return operation.file;
    case 'rename': {
      const file = tree.get(operation.from);
      if (file === undefined) throw new Error(`${operation.from} is renamed, but is not there`);
      tree.delete(operation.from);
      tree.set(operation.to, file);
      return file;
    }
    case 'remove':
      tree.delete(operation.path);
      return null;
    default:
      return operation satisfies never;
  }
}

function contentsOf(tree: Tree, read: (file: TracedFile) => Buffer): Image {
  return new Map([...tree].map(([path, file]) => [path, file === null ? null : read(file)]));
}
