/**
 * Reads what strace wrote (`-f -xx`): file-system calls, each with its begin and its end, in the order in which they were seen.
 *
 * Method: a call that others interrupt stands in two lines, `<unfinished ...>` and `<... resumed>`; between them its effect may or may not
 * be there. Strings come as hexadecimal bytes.
 */

export interface SystemCall {
  readonly name: string;
  /** As strace printed them; strings still quoted. */
  readonly arguments: readonly string[];
}

export type TraceEvent =
  | { readonly kind: 'begin'; readonly id: number; readonly call: SystemCall }
  /** `result`: what the call returned; negative for an error. */
  | { readonly kind: 'end'; readonly id: number; readonly call: SystemCall; readonly result: number };

/** Calls that change what a file system holds, or say which file a descriptor is. */
export const tracedCalls =
  'open,openat,creat,close,dup,dup2,dup3,fcntl,write,pwrite64,writev,pwritev,pwritev2,copy_file_range,sendfile,fsync,fdatasync,' +
  'sync_file_range,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,truncate,ftruncate,' +
  'fallocate,mmap,io_uring_setup';

export function parseTrace(text: string): TraceEvent[] {
  const events: TraceEvent[] = [];
  const open = new Map<string, { id: number; call: SystemCall }>();
  let lastId = 0;
  for (const line of text.split('\n')) {
    const match = /^(\d+) +(.*)$/.exec(line);
    if (match === null) continue;
    const [, thread, rest] = match;
    if (rest.startsWith('+++') || rest.startsWith('---')) continue;
    if (rest.startsWith('<... ')) {
      const begun = open.get(thread);
      open.delete(thread);
      if (begun === undefined) throw new Error(`a call is resumed that never began: ${rest.slice(0, 100)}`);
      const tail = rest.slice(rest.indexOf('resumed>') + 8);
      events.push({ kind: 'end', ...begun, result: resultOf(tail) });
      continue;
    }
    lastId += 1;
    // A call in which the process was killed ends with `<unfinished ...>) = ?`.
    const cut = rest.indexOf('<unfinished ...>');
    const unfinished = cut >= 0;
    const body = unfinished ? rest.slice(0, cut) : rest;
    const call = { name: body.slice(0, body.indexOf('(')), arguments: argumentsOf(body.slice(body.indexOf('(') + 1)) };
    events.push({ kind: 'begin', id: lastId, call });
    if (unfinished) open.set(thread, { id: lastId, call });
    else events.push({ kind: 'end', id: lastId, call, result: resultOf(body.slice(body.lastIndexOf('= '))) });
  }
  return events;
}

/** Bytes of a quoted argument. */
export function bytesOf(argument: string): Buffer {
  if (!argument.startsWith('"') || !argument.endsWith('"')) throw new Error(`not a whole string: ${argument.slice(0, 60)}`);
  return Buffer.from(argument.slice(1, -1).replaceAll('\\x', ''), 'hex');
}

export function pathOf(argument: string): string {
  return bytesOf(argument).toString();
}

/** Splits at the commas of the outermost level; the closing bracket and what follows it is left away. */
function argumentsOf(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') {
      // Within quotes all is hexadecimal: the next quote ends it.
      const end = quoted ? at : text.indexOf('"', at + 1);
      if (end > at) {
        at = end;
        continue;
      }
      quoted = !quoted;
    } else if (letter === '[' || letter === '{' || letter === '(') depth += 1;
    else if (letter === ']' || letter === '}' || (letter === ')' && depth > 0)) depth -= 1;
    else if ((letter === ',' && depth === 0) || letter === ')') {
      found.push(text.slice(from, at).trim());
      from = at + 1;
      if (letter === ')') return found;
    }
  }
  const last = text.slice(from).trim();
  if (last !== '') found.push(last);
  return found;
}

/** From the equals sign on, before which strace puts blanks: `= 12`, `= -1 ENOENT (…)`, `= ?`: killed in the call. */
function resultOf(tail: string): number {
  const match = /= (-?\d+|0x[0-9a-f]+)/.exec(tail);
  return match === null ? Number.NaN : Number(match[1]);
}
