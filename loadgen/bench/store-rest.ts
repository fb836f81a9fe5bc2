/** Waits until the server's embedded store has nothing left to do, as its metrics say. */

const restMsMax = 30_000;
const askEveryMs = 250;
/** At rest so often in a row: a coalesced write may still be on its way. */
const restTimes = 6;

/** @throws when it does not come to rest. */
export async function storeAtRest(port: number): Promise<void> {
  const deadline = performance.now() + restMsMax;
  let times = 0;
  let last = -1;
  while (times < restTimes) {
    if (performance.now() > deadline) throw new Error('the store does not come to rest');
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const lsn = metric(text, 'parley_store_lsn');
    const isDone = metric(text, 'parley_store_applied_lsn') >= lsn && metric(text, 'parley_store_overlay_bytes') === 0;
    times = isDone && lsn === last ? times + 1 : 0;
    last = lsn;
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

/** Value of a metric without labels. @throws when it is not there. */
export function metric(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`the server shows no metric ${name}`);
  return Number(line.slice(name.length + 1));
}
