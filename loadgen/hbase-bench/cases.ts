/** What is measured: kinds of calls, each with one, 16 and 64 callers, each of whom has one call in flight. */
export type Kind = 'put' | 'putBatch' | 'conditional' | 'page';

export interface BenchCase {
  /** As `--cases` and the result name it. */
  readonly name: string;
  readonly kind: Kind;
  /** Rows a call. */
  readonly rows: number;
  readonly callers: number;
}

export type ContestantName = 'ours' | 'java' | 'hbaseRpcClient';
export const contestantNames: readonly ContestantName[] = ['ours', 'java', 'hbaseRpcClient'];

const calls: readonly { readonly kind: Kind; readonly rows: number }[] = [
  { kind: 'put', rows: 1 },
  { kind: 'putBatch', rows: 50 },
  { kind: 'conditional', rows: 5 },
  { kind: 'conditional', rows: 50 },
  { kind: 'page', rows: 50 },
];

export const allCases: readonly BenchCase[] = calls.flatMap(({ kind, rows }) =>
  [1, 16, 64].map((callers) => ({ name: `${kind}-${rows}x${callers}`, kind, rows, callers })),
);

/** What each kind is in each client, for readers of the result. */
export const kindTexts: Readonly<Record<Kind, string>> = {
  put: 'one put of 100 bytes: HBaseClient.mutate · AsyncTable.put · client.put',
  putBatch: 'a list of puts of random rows: HBaseClient.batch · AsyncTable.putAll · client.mput',
  conditional: 'rows of one region if a fence row holds the last number, MutateRows: HBaseClient.mutateRows · coprocessorService · none',
  page: 'rows of one range in one call: HBaseClient.page · AsyncTable.scanAll · getScanner, next, close',
};

/** Why a client has no figure for a case; `null`: it has. */
export function whyNot(contestant: ContestantName, { kind }: BenchCase): string | null {
  if (contestant !== 'hbaseRpcClient' || kind !== 'conditional') return null;
  return 'hbase-rpc-client has no ExecService, and its checkAndPut changes one row';
}

/**
 * The cases whose names begin with one of the given words, divided by commas.
 * @throws RangeError naming a word that no case begins with
 */
export function casesOf(words: string): readonly BenchCase[] {
  if (words === 'all') return allCases;
  const wanted = words.split(',');
  const unknown = wanted.find((word) => word === '' || !allCases.some(({ name }) => name.startsWith(word)));
  if (unknown !== undefined) throw new RangeError(`no case begins with "${unknown}": ${allCases.map(({ name }) => name).join(' ')}`);
  return allCases.filter(({ name }) => wanted.some((word) => name.startsWith(word)));
}
