// Goal: the README's pictures are the page as it is. Method: a node with an empty memory store, Chromium devices that talk through it,
// pictures into docs/screenshots. `npm run screenshots`; needs Chromium (PARLEY_CHROMIUM, or `chromium` in PATH).
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { readConfig } from '../core/host/config.ts';
import { startNode } from '../core/host/node.ts';

const directory = 'docs/screenshots';
const wide = { viewport: { width: 900, height: 640 }, deviceScaleFactor: 1.5 };
const phone = { viewport: { width: 360, height: 680 }, hasTouch: true, isMobile: true, deviceScaleFactor: 1.5 };

/** Who writes to ada, and what; `>` is what ada answers. */
const talks: readonly (readonly [string, readonly string[]])[] = [
  ['linus', ['Talk is cheap. Show me the code.']],
  ['grace', ['I found the bug. It was a moth.', '>😂', 'It is taped into the log book now.']],
  [
    'charles',
    [
      'Good morning, Ada! Did you finish the notes?',
      '>I did. The long one is here: https://en.wikipedia.org/wiki/Note_G',
      'Splendid. I will read it on the train.',
      'One question: does the table start at zero or at one?',
      '>At one. Zero would have been nicer.',
      'We should tell the printers.',
      '>Already done 🙂',
      '>Tea at six? I bring the punch cards.',
    ],
  ],
];

await takeAll();

async function takeAll(): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const node = await startNode(readConfig({ PARLEY_PORT: '0', PARLEY_STORE: 'memory', PARLEY_LOG: 'silent' }));
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu'] });
  const logIn = async (name: string, options: BrowserContextOptions): Promise<Page> => {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(`${node.url}?name=${name}`);
    await page.waitForSelector('.sidebar');
    return page;
  };
  try {
    const ada = await logIn('ada', wide);
    for (const [name, lines] of talks) await talk(ada, await logIn(name, wide), name, lines);
    const charles = await logIn('charles', phone);
    await charles.click('.conversation');
    await ada.waitForSelector('li.message:last-of-type .ticks-read');
    await charles.locator('.composer-text').pressSequentially('With pleasure', { delay: 20 });
    await ada.waitForSelector('.typing.shown');
    await takeBoth(browser, await ada.screenshot(), await charles.screenshot());
    const dark = await logIn('ada', { ...wide, colorScheme: 'dark' });
    await find(dark, 'charles');
    await take(dark, 'desktop-dark');
    await take(await logIn('ada', phone), 'phone-list');
    const phoneDark = await logIn('ada', { ...phone, colorScheme: 'dark' });
    await phoneDark.click('.conversation');
    await take(phoneDark, 'phone-dark');
  } finally {
    await browser.close();
    await node.stop();
  }
}

async function talk(ada: Page, other: Page, name: string, lines: readonly string[]): Promise<void> {
  await find(other, 'ada');
  for (const [index, line] of lines.entries()) {
    const isAnswer = line.startsWith('>');
    if (isAnswer) await find(ada, name);
    const writer = isAnswer ? ada : other;
    await writer.fill('.composer-text', isAnswer ? line.slice(1) : line);
    await writer.press('.composer-text', 'Enter');
    await other.locator(`li.message >> nth=${index}`).waitFor();
  }
  await ada.waitForSelector(`.conversation-name:text-is("${name}")`);
  await other.close();
}

async function find(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`.chat-who h2:text-is("${name}")`);
}

async function take(page: Page, name: string): Promise<void> {
  await settle(page);
  await page.screenshot({ path: `${directory}/${name}.png` });
}

/** Two windows as they lie on a desk: ada's, and in front of it that of a phone. */
async function takeBoth(browser: Browser, back: Buffer, front: Buffer): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1270, height: 744 }, deviceScaleFactor: 1.5 });
  const picture = (bytes: Buffer): string => `data:image/png;base64,${bytes.toString('base64')}`;
  await page.setContent(`
    <style>
      body { margin: 0; background: linear-gradient(135deg, #c7cdf5, #e9d9f0); }
      img { position: absolute; border-radius: 12px; box-shadow: 0 12px 44px rgb(30 34 70 / 35%); }
    </style>
    <img src="${picture(back)}" width="900" style="left: 24px; top: 24px">
    <img src="${picture(front)}" width="330" style="right: 24px; top: 96px">`);
  await take(page, 'desktop');
}

/** Pictures show what stands still. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.evaluate('document.fonts.ready.then(() => new Promise((resolve) => setTimeout(resolve, 400)))');
}

function chromiumPath(): string {
  return process.env.PARLEY_CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
}
