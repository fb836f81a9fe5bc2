// Goal: two people chat on the real parts: built server, its own process and disk, two Chromium devices. Whatever happens in between, no
// message is lost or doubled on screen, and both see one order.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Device, openDevice, requireChromium } from '../_util/chromium.ts';
import { type ChatPage, tabOf } from './chat-page.ts';
import { newServer, type ServerProcess } from './server-process.ts';

let server: ServerProcess;
let devices: Device[] = [];
let pages: ChatPage[] = [];
let executable = '';
/** New people in each test: one server serves them all. */
let round = 0;

beforeAll(async () => {
  server = await newServer();
  await server.start();
});

afterAll(async () => {
  await server.remove();
});

beforeEach((context) => {
  executable = requireChromium(context);
  round++;
});

afterEach(async () => {
  const errors = pages.flatMap((page) => page.errors);
  for (const device of devices) await device.close();
  devices = [];
  pages = [];
  expect(errors).toEqual([]);
});

async function newDevice(options: Parameters<typeof openDevice>[1] = {}): Promise<Device> {
  const device = await openDevice(executable, options);
  devices.push(device);
  return device;
}

async function logIn(device: Device, name: string): Promise<ChatPage> {
  const page = await tabOf(device.context, server.url, name);
  pages.push(page);
  return page;
}

/** Ada and bob on a device each, in the same conversation. */
async function adaAndBob(): Promise<{ ada: ChatPage; bob: ChatPage; adaName: string; bobName: string }> {
  const [adaName, bobName] = [`ada${round}`, `bob${round}`];
  const ada = await logIn(await newDevice(), adaName);
  const bob = await logIn(await newDevice(), bobName);
  await ada.open(bobName);
  await bob.open(adaName);
  return { ada, bob, adaName, bobName };
}

it('sends both ways, shows ticks, and shows the same after a reload', async () => {
  const { ada, bob } = await adaAndBob();
  await ada.send('Good morning');
  await bob.expectTexts(['Good morning']);
  await ada.expectTicks('Good morning', 'Read');
  await bob.send('Good morning to you');
  await ada.send('Tea?');
  await bob.send('Please!');
  const all = ['Good morning', 'Good morning to you', 'Tea?', 'Please!'];
  await expect.poll(async () => (await ada.texts()).toSorted()).toEqual(all.toSorted());
  const order = await ada.texts();
  await bob.expectTexts(order);
  await ada.page.reload();
  await bob.page.reload();
  await ada.expectTexts(order);
  await bob.expectTexts(order);
  await ada.expectTicks('Tea?', 'Read');
});

it('marks what the other has not read, and says when nobody is there', async () => {
  const [adaName, bobName] = [`ada${round}`, `bob${round}`];
  const device = await newDevice();
  const bobFirst = await logIn(device, bobName);
  const ada = await logIn(await newDevice(), adaName);
  await ada.open(bobName);
  await ada.send('One');
  await bobFirst.expectUnread(adaName, '1');
  await ada.expectTicks('One', 'Delivered');
  await ada.send('Two');
  await bobFirst.expectUnread(adaName, '2');
  await expect.poll(() => bobFirst.page.title()).toBe(`(2) Parley · ${bobName}`);
  await bobFirst.row(adaName).click();
  await bobFirst.expectTexts(['One', 'Two']);
  expect(await bobFirst.page.locator('.line-new').count()).toBe(1);
  await ada.expectTicks('Two', 'Read');
  await bobFirst.expectUnread(adaName, '');

  await bobFirst.page.close();
  await ada.send('Three');
  await ada.page.waitForSelector('.offline-hint');
  await ada.expectTicks('Three', 'Sent');
  const bobAgain = await logIn(device, bobName);
  await bobAgain.expectUnread(adaName, '1');
  await ada.expectTicks('Three', 'Delivered');
  await expect.poll(() => ada.page.locator('.offline-hint').count()).toBe(0);
});

it('loses and doubles nothing when the server restarts while both write', async () => {
  const { ada, bob } = await adaAndBob();
  await ada.send('before');
  await bob.expectTexts(['before']);
  await server.stop();
  await ada.send('ada in between');
  await expect.poll(async () => (await ada.shown()).at(-1)?.ticks).toMatch(/On its way|Waiting to be sent/);
  await bob.send('bob in between');
  await bob.send('bob again');
  await ada.page.waitForSelector('.connection.shown.trying');
  // A reload cannot reach the server; what was written lies in the outbox of the tab that is gone.
  await bob.page.goto('about:blank');
  await server.start();
  await bob.page.goBack();
  const all = ['ada in between', 'before', 'bob again', 'bob in between'];
  await expect.poll(async () => (await ada.texts()).toSorted(), { timeout: 30_000 }).toEqual(all);
  const order = await ada.texts();
  expect(order[0]).toBe('before');
  expect(order.indexOf('bob in between')).toBeLessThan(order.indexOf('bob again'));
  await bob.expectTexts(order);
  await ada.expectTicks('ada in between', 'Read');
  await ada.page.waitForSelector('.connection:not(.shown)', { state: 'attached' });
  await ada.send('after');
  await bob.expectTexts([...order, 'after']);
  await ada.page.reload();
  await ada.expectTexts([...order, 'after']);
});

it('edits and deletes on both screens', async () => {
  const { ada, bob } = await adaAndBob();
  await ada.send('first');
  await ada.send('secnod');
  await bob.expectTexts(['first', 'secnod']);
  await ada.expectTicks('secnod', 'Read');
  await ada.page.keyboard.press('ArrowUp');
  await ada.page.keyboard.press('Control+a');
  await ada.page.keyboard.type('second');
  await ada.page.keyboard.press('Enter');
  await bob.expectTexts(['first', 'second']);
  expect(await bob.page.locator('.edited').count()).toBe(1);
  await ada.chooseInMenuOf('first', 'Delete');
  await ada.page.getByRole('button', { name: 'Delete' }).click();
  await bob.expectTexts(['Message deleted', 'second']);
  await ada.expectTexts(['Message deleted', 'second']);
  await bob.chooseInMenuOf('second', 'Reply');
  await bob.send('an answer');
  await ada.expectTexts(['Message deleted', 'second', 'an answer']);
  expect(await ada.page.locator('.quote').textContent()).toContain('second');
  await bob.page.reload();
  await bob.expectTexts(['Message deleted', 'second', 'an answer']);
});

it('works by long-poll where WebSocket is blocked', async () => {
  const device = await newDevice();
  await device.context.addInitScript(() => {
    window.WebSocket = class {
      constructor() {
        throw new DOMException('blocked', 'SecurityError');
      }
    } as unknown as typeof WebSocket;
  });
  const [adaName, bobName] = [`ada${round}`, `bob${round}`];
  const ada = await logIn(device, adaName);
  const bob = await logIn(await newDevice(), bobName);
  await ada.page.waitForSelector('.by-poll');
  await ada.open(bobName);
  await bob.open(adaName);
  await ada.send('by poll');
  await bob.send('by socket');
  await ada.send('and again');
  await expect.poll(async () => (await bob.texts()).length).toBe(3);
  const order = await bob.texts();
  await ada.expectTexts(order);
  await ada.expectTicks('and again', 'Read');
  await ada.page.reload();
  await ada.expectTexts(order);
});

it('two tabs and a second device of one user show the same', async () => {
  const { ada, bob, adaName, bobName } = await adaAndBob();
  const tab = await logIn(devices[0], adaName);
  const phone = await logIn(await newDevice({ viewport: { width: 360, height: 740 } }), adaName);
  await tab.open(bobName);
  await ada.send('from the first tab');
  await bob.expectTexts(['from the first tab']);
  await tab.send('from the second tab');
  await bob.expectTexts(['from the first tab', 'from the second tab']);
  await phone.row(bobName).click();
  await phone.send('from the phone');
  await bob.send('got all three');
  const all = ['from the first tab', 'from the second tab', 'from the phone', 'got all three'];
  for (const page of [ada, tab, phone, bob]) await expect.poll(async () => (await page.texts()).toSorted()).toEqual(all.toSorted());
  const order = await bob.texts();
  for (const page of [ada, tab, phone]) await page.expectTexts(order);
  for (const page of [ada, tab, phone]) expect((await page.shown()).filter(({ mine }) => mine)).toHaveLength(3);
  for (const page of [ada, tab, phone]) await page.expectTicks('from the second tab', 'Read');
});

it('loads history while scrolling up and keeps the place', async () => {
  const { ada, bob } = await adaAndBob();
  const texts = Array.from({ length: 130 }, (_, index) => `message ${index + 1}`);
  for (const text of texts) await ada.paste(text);
  await expect.poll(async () => (await bob.texts()).at(-1), { timeout: 30_000 }).toBe('message 130');
  await bob.page.reload();
  await expect.poll(async () => (await bob.texts()).at(-1)).toBe('message 130');
  expect((await bob.texts()).length).toBeLessThan(130);
  await bob.page.locator('.scroller').hover();
  let jumps = 0;
  for (let turn = 0; turn < 60 && (await bob.texts()).length < 130; turn++) {
    const before = await topRow(bob);
    await bob.page.mouse.wheel(0, -300);
    await atRest(bob);
    const after = await topRow(bob);
    if (before - after > 12 || after > before) jumps++;
  }
  expect(await bob.texts()).toEqual(texts);
  expect(jumps).toBe(0);
});

it('is used with the keyboard alone, at 360 pixels', async () => {
  const [adaName, bobName] = [`ada${round}`, `bob${round}`];
  const bob = await logIn(await newDevice(), bobName);
  const ada = await logIn(await newDevice({ viewport: { width: 360, height: 740 } }), adaName);
  const { keyboard } = ada.page;
  await ada.open(bobName);
  await keyboard.type('line one');
  await keyboard.press('Shift+Enter');
  await keyboard.type(`line two ${'wide'.repeat(60)}`);
  await keyboard.press('Enter');
  await bob.expectUnread(adaName, '1');
  expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await keyboard.press('Shift+Tab');
  await keyboard.press('Enter');
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  expect(await ada.page.locator('.composer-bar').textContent()).toContain('Edit message');
  await keyboard.press('Escape');
  await keyboard.press('Escape');
  await ada.page.waitForSelector('.sidebar:visible');
  expect(await ada.page.locator('.stage').isVisible()).toBe(false);
  await keyboard.press('Enter');
  await ada.page.waitForSelector('.chat:visible');
  await ada.page.goBack();
  await ada.page.waitForSelector('.sidebar:visible');
});

it('shows typing, keeps notes to self, and stops a blocked person', async () => {
  const { ada, bob, adaName } = await adaAndBob();
  await ada.page.keyboard.type('hm');
  await bob.page.waitForSelector('.typing.shown');
  await ada.page.keyboard.press('Control+a');
  await ada.page.keyboard.press('Delete');
  await bob.page.getByRole('button', { name: 'Conversation menu' }).click();
  await bob.page.getByRole('menuitem', { name: `Block ${adaName}` }).click();
  await bob.page.getByRole('button', { name: 'Block', exact: true }).click();
  await bob.page.waitForSelector('.chat-footer.blocked');
  await ada.send('hello?');
  await ada.page.waitForSelector('.failure');
  expect(await ada.page.locator('.failure').textContent()).toContain('blocks you');
  await ada.page.getByRole('button', { name: 'Discard' }).click();
  await ada.expectTexts([]);
  await bob.page.getByRole('button', { name: 'Unblock' }).click();
  await ada.send('hello again');
  await bob.expectTexts(['hello again']);
  await ada.page.getByRole('button', { name: /Your menu/ }).click();
  await ada.page.getByRole('menuitem', { name: 'Notes to self' }).click();
  await ada.send('remember the milk');
  await ada.expectTexts(['remember the milk']);
  await ada.expectTicks('remember the milk', 'Sent');
  await ada.page.reload();
  await ada.expectTexts(['remember the milk']);
});

/** Number of the message at the upper edge. */
async function topRow(page: ChatPage): Promise<number> {
  return await page.page.evaluate(() => {
    const scroller = document.querySelector('.scroller');
    if (scroller === null) throw new Error('no scroller');
    const { top } = scroller.getBoundingClientRect();
    const row = [...document.querySelectorAll('li.message')].find((item) => item.getBoundingClientRect().bottom > top);
    return Number(row?.querySelector('.text')?.firstChild?.textContent?.split(' ')[1] ?? 0);
  });
}

/** Neither scrolling nor loading for a while. */
async function atRest(page: ChatPage): Promise<void> {
  await page.page.evaluate(async () => {
    const look = (): string => `${document.querySelector('.scroller')?.scrollTop} ${document.querySelectorAll('li.message').length}`;
    let last = '';
    let lastMs = performance.now();
    while (performance.now() - lastMs < 150) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (look() === last) continue;
      last = look();
      lastMs = performance.now();
    }
  });
}
