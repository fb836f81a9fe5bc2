// A client over HTTP long poll with nothing but fetch: ada writes a note to herself and gets it.
const base = process.env.PARLEY_URL ?? 'http://127.0.0.1:8080';
const answer = await fetch(new URL('/v1/dev/token', base), { method: 'POST', body: '{"name":"ada"}' });
const { token } = await answer.json();

let id = ''; // of the sequence: the first answer brings it
let number = 0; // of the last poll

async function poll(frames = []) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'parley-poll-number': String(++number) };
  if (id !== '') headers['parley-poll'] = id;
  const response = await fetch(new URL('/v1/poll', base), { method: 'POST', headers, body: JSON.stringify(frames) });
  if (response.status !== 200) throw new Error((await response.json()).code);
  id = response.headers.get('parley-poll');
  return response.json();
}

const random53 = () => Math.floor(Math.random() * (2 ** 53 - 1)) + 1;
const random64 = () => String(crypto.getRandomValues(new BigUint64Array(1))[0]);
const hello = { type: 'hello', protocol: 1, token, deviceId: random53(), tabId: random53(), attempt: 1, storeId: '0', epoch: 0, batch: 0 };
const seen = await poll([hello]);
while (!seen.some((frame) => frame.type === 'live')) seen.push(...(await poll()));
const { user, name } = seen.find((frame) => frame.type === 'welcome');
console.log(`${name} is on line`);

// One poll always waits; the next one, which brings frames, makes the server answer it at once.
const outbox = { conversation: `${user}-${user}`, senderId: random64(), clientSeq: 1, sendId: random64() };
let [early, waiting] = [poll(), poll([{ type: 'send', ...outbox, kind: 1, body: 'note' }])];
const told = new Map();
while (!(told.has('accepted') && told.has('event'))) {
  for (const frame of await early) told.set(frame.type, frame);
  [early, waiting] = [waiting, poll()];
}
console.log(`accepted at ${told.get('accepted').seq}, shown: ${told.get('event').body}`);
await Promise.all([early, waiting, poll([{ type: 'goodbye' }])]);
