/**
 * What can go wrong, and what follows from it: pure functions over the class name and text of a Java exception.
 *
 * Two questions have answers of their own. What to do next: look the region up again, wait, connect anew, or give up. And whether the call
 * may have been applied: `no` only for exceptions known to be thrown before anything is appended to the log; everything else is `unknown`.
 * Sources: gohbase region/client.go (its three tables), Java ClientExceptionsUtil and RSRpcServices, ExceptionResponse in RPC.proto.
 */

/** - `relocate`: the region is elsewhere. - `backOff`: the same place, later. - `serverGone`: connect anew. - `final`: no retry helps. */
export type NextStep = 'relocate' | 'backOff' | 'serverGone' | 'final';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A call that brought no answer. */
export class HBaseError extends Error {
  override readonly name = 'HBaseError';
  readonly nextStep: NextStep;
  /** Whether the call may have been applied, now or later. */
  readonly applied: 'no' | 'unknown';
  /** Java's class name; empty: the fault is on this side. */
  readonly javaClass: string;
  /** The server says that it is overloaded. */
  readonly overloaded: boolean;
  /** Where the region went, if the server said so. */
  readonly movedTo: ServerAddress | null;

  constructor(message: string, what: Partial<Omit<HBaseError, 'name' | 'message'>> & { readonly nextStep: NextStep }) {
    super(message);
    this.nextStep = what.nextStep;
    this.applied = what.applied ?? 'unknown';
    this.javaClass = what.javaClass ?? '';
    this.overloaded = what.overloaded ?? false;
    this.movedTo = what.movedTo ?? null;
  }
}

/** The exception of an answer, as RPC.proto carries it. */
export interface JavaException {
  readonly className: string;
  /** Message and stack trace. */
  readonly text: string;
  readonly hostname: string;
  readonly port: number;
  readonly doNotRetry: boolean;
  readonly overloaded: boolean;
}

type Rule = { readonly nextStep: NextStep; readonly applied: 'no' | 'unknown' };

const relocate: Rule = { nextStep: 'relocate', applied: 'no' };
const backOff: Rule = { nextStep: 'backOff', applied: 'no' };
const stopped: Rule = { nextStep: 'serverGone', applied: 'unknown' };
const refused: Rule = { nextStep: 'final', applied: 'no' };

/** By the last part of the class name: packages differ between versions. */
const rules: Readonly<Record<string, Rule>> = {
  NotServingRegionException: relocate,
  RegionMovedException: relocate,
  WrongRegionException: relocate,
  RegionOpeningException: backOff,
  RegionTooBusyException: backOff,
  CallQueueTooBigException: backOff,
  CallDroppedException: backOff,
  RpcThrottlingException: backOff,
  RetryImmediatelyException: backOff,
  PleaseHoldException: backOff,
  ServerNotRunningYetException: backOff,
  MasterNotRunningException: { nextStep: 'serverGone', applied: 'no' },
  // What a server does while it ends may have reached its log.
  RegionServerStoppedException: stopped,
  RegionServerAbortedException: stopped,
  MasterStoppedException: stopped,
  // A scanner is opened anew by who reads with it.
  UnknownScannerException: refused,
  ScannerResetException: refused,
  OutOfOrderScannerNextException: refused,
  // Refused before anything was done.
  NoSuchColumnFamilyException: refused,
  UnknownProtocolException: refused,
  TableNotFoundException: refused,
  TableExistsException: refused,
  TableNotEnabledException: refused,
  TableNotDisabledException: refused,
  AccessDeniedException: refused,
  InvalidMutationDurabilityException: refused,
};

/** An exception that a server answered with, as what follows from it. */
export function errorOf(exception: JavaException): HBaseError {
  const { nextStep, applied } = ruleOf(exception);
  const line = exception.text.split('\n', 1)[0];
  const isMoved = exception.className.endsWith('RegionMovedException') && exception.hostname !== '' && exception.port > 0;
  return new HBaseError(line.startsWith(exception.className) ? line : `${exception.className}: ${line}`, {
    nextStep,
    applied,
    javaClass: exception.className,
    overloaded: exception.overloaded,
    movedTo: isMoved ? { host: exception.hostname, port: exception.port } : movedToOf(exception),
  });
}

function ruleOf(exception: JavaException): Rule {
  const rule = rules[exception.className.slice(exception.className.lastIndexOf('.') + 1)];
  if (rule !== undefined) return rule;
  // A server whose log was taken away: what it was told last may stand in that log, and be replayed.
  if (/log is closed|\bfenced\b|Aborted/.test(exception.text)) return { nextStep: 'relocate', applied: 'unknown' };
  // A row of the batch, not its first, lies in another region: the server looks before it applies anything.
  if (/Requested row out of range/.test(exception.text)) return refused;
  if (exception.doNotRetry) return { nextStep: 'final', applied: 'unknown' };
  if (exception.overloaded) return { nextStep: 'backOff', applied: 'unknown' };
  return { nextStep: 'final', applied: 'unknown' };
}

/** RegionMovedException carries its target in its text as well ("… hostname=a port=1 startCode=2 …"). */
function movedToOf(exception: JavaException): ServerAddress | null {
  if (!exception.className.endsWith('RegionMovedException')) return null;
  const found = /hostname=(\S+) port=(\d+)/.exec(exception.text);
  return found === null ? null : { host: found[1], port: Number(found[2]) };
}

/** Exceptions of a scanner that is gone at the server: a new one goes on behind the last row. */
export function isScannerLost(error: HBaseError): boolean {
  return /(?:UnknownScanner|ScannerReset|OutOfOrderScannerNext|LeaseException)/.test(error.javaClass);
}
