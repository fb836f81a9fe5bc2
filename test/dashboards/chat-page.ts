// Goal: drive the page as a person does: type, press, look. Method: everything goes through the keyboard, the mouse and what is on screen.
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

const waitMs = 15_000;

/** What one message shows. */
export interface Shown {
  readonly text: string;
  readonly mine: boolean;
  /** Label of the ticks; '' for messages of others. */
  readonly ticks: string;
}

export class ChatPage {
  readonly page: Page;
  /** Errors of the page; a test that ends well has none. */
  readonly errors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(waitMs);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    // Chromium reports each connection it could not make as an error, too: those are what the tests provoke.
    page.on('console', (message) => {
      if (message.type() === 'error' && !/ERR_|WebSocket|Failed to load resource/.test(message.text())) this.errors.push(message.text());
    });
  }

  async logIn(url: string, name: string): Promise<this> {
    await this.page.goto(url);
    await this.page.fill('#login-input', name);
    await this.page.keyboard.press('Enter');
    await this.page.waitForSelector('.sidebar');
    return this;
  }

  /** Finds a person by name and opens the conversation, with keys only. */
  async open(name: string): Promise<void> {
    await this.page.keyboard.press('Control+k');
    await this.page.keyboard.type(name);
    await this.page.keyboard.press('Enter');
    await this.page.waitForSelector(`.chat-who h2:text-is("${name}")`);
  }

  async send(text: string): Promise<void> {
    await this.page.locator('.composer-text').focus();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  async paste(text: string): Promise<void> {
    const field = this.page.locator('.composer-text');
    await field.fill(text);
    await field.press('Enter');
  }

  async shown(): Promise<Shown[]> {
    return await this.page.$$eval('li.message', (rows) =>
      rows.map((row) => {
        const words = row.querySelector('.text')?.cloneNode(true) as HTMLElement;
        const ticks = words.querySelector('.meta .ticks')?.getAttribute('aria-label') ?? '';
        words.querySelector('.meta')?.remove();
        return { text: words.textContent ?? '', mine: row.classList.contains('mine'), ticks };
      }),
    );
  }

  async texts(): Promise<string[]> {
    return (await this.shown()).map(({ text }) => text);
  }

  /** Exactly these are on screen, in this order, at last. */
  async expectTexts(texts: readonly string[]): Promise<void> {
    await expect.poll(() => this.texts(), { timeout: waitMs }).toEqual(texts);
  }

  async expectTicks(text: string, ticks: string): Promise<void> {
    await expect.poll(async () => (await this.shown()).find((message) => message.text === text)?.ticks, { timeout: waitMs }).toBe(ticks);
  }

  /** Number on the badge of a conversation in the list; '' for none. */
  async expectUnread(name: string, unread: string): Promise<void> {
    await expect.poll(() => this.row(name).locator('.badge').textContent(), { timeout: waitMs }).toBe(unread);
  }

  /** A line of the list of conversations. */
  row(name: string): Locator {
    return this.page.locator('.conversations .conversation', { has: this.page.locator(`.conversation-name:text-is("${name}")`) });
  }

  async chooseInMenuOf(text: string, item: string): Promise<void> {
    await this.page.locator('li.message', { hasText: text }).locator('.bubble').click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: item }).click();
  }
}

/** A new tab of a device with somebody logged in. */
export async function tabOf(context: BrowserContext, url: string, name: string): Promise<ChatPage> {
  return await new ChatPage(await context.newPage()).logIn(url, name);
}
