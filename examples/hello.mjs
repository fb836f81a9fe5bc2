// Two people chat: `npm start` in one terminal, `node examples/hello.mjs` in another.
import { createParley, developmentToken } from 'parley/client';

const url = process.env.PARLEY_URL ?? 'http://127.0.0.1:8080';

async function signIn(name) {
  const parley = createParley({ url, token: () => developmentToken(url, name) });
  console.log(`${(await parley.connect()).name} is on line`);
  return parley;
}

const [ada, ben] = [await signIn('ada'), await signIn('ben')];

// What Ben gets, he reads and answers.
ben.on('message', ({ conversation, message }) => {
  console.log(`ben reads: ${message.text}`);
  conversation.read();
  conversation.send('Hello Ada!', { replyTo: message.seq });
});
const answered = new Promise((resolve) => ada.on('message', resolve));

const chat = ada.conversation((await ada.findUser('ben')).id);
const read = new Promise((resolve) => ada.on('receipt', (receipt) => receipt.read >= 1 && resolve(receipt.read)));
const { seq } = await chat.send('Hello Ben!');
console.log(`accepted: durable, at position ${seq}`);
const { conversation, message } = await answered;
console.log(`ada reads: ${message.text}`);
conversation.read();
console.log(`ben has read up to ${await read}`);
await Promise.all([ada.close(), ben.close()]);
