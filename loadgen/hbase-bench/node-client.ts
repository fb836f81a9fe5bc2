/**
 * A client of the benchmark in a process of its own: `node node-client.js ours|hbaseRpcClient QUORUM`.
 *
 * Reads lines `TABLE KIND ROWS CALLERS MILLISECONDS` and answers each with a line of JSON, as JavaClient.java does.
 */
import { createInterface } from 'node:readline';
import type { Kind } from './cases.ts';
import { closedLoop } from './closed-loop.ts';
import { ourOperations } from './our-client.ts';
import { rpcOperations } from './rpc-client.ts';

const [contestant = '', quorum = ''] = process.argv.slice(2);
const operationOf = contestant === 'ours' ? ourOperations(quorum) : rpcOperations(quorum);

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const [table, kind, rows, callers, milliseconds] = line.split(' ');
  say(await closedLoop(operationOf(table, kind as Kind, Number(rows)), Number(callers), Number(milliseconds)));
}
process.exit(0);

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
