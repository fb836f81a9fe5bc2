// Goal: the page where keys are configured: people log in with a token, wrong ones are told why, and nothing says development mode.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { signToken } from '../../core/gateway/auth/dev-tokens.ts';
import { openDevice, requireChromium } from '../_util/chromium.ts';
import { serve } from '../core/cli/parley.ts';
import { ChatPage } from './chat-page.ts';

const secret = 'a secret of thirty-two bytes or more';
const admin = 'the-secret-of-the-administrator';
const waitMs = 15_000;

async function tokenOf(name: string, lifetimeMs = 60_000, key = secret): Promise<string> {
  return (await signToken(new TextEncoder().encode(key), { name, lifetimeMs })).token;
}

async function tryToken(page: Page, token: string): Promise<void> {
  await page.fill('#login-input', token);
  await page.keyboard.press('Enter');
}

async function expectProblem(page: Page, problem: RegExp): Promise<void> {
  await expect.poll(() => page.locator('.login-problem').textContent(), { timeout: waitMs }).toMatch(problem);
}

async function makeUser(url: string, name: string): Promise<number> {
  const headers = { authorization: `Bearer ${admin}` };
  const made = await fetch(`${url}v1/admin/users`, { method: 'POST', headers, body: JSON.stringify({ name }) });
  expect(made.status).toBe(200);
  return ((await made.json()) as { id: number }).id;
}

it('logs in with a token, and says why one does not do', async (context) => {
  const executable = requireChromium(context);
  const data = mkdtempSync(join(tmpdir(), 'parley-token-'));
  const server = await serve(data, { PARLEY_JWT_SECRET: secret, PARLEY_ADMIN_SECRET: admin });
  const device = await openDevice(executable);
  onTestFinished(async () => {
    await device.close();
    rmSync(data, { recursive: true, force: true });
  });
  const ada = new ChatPage(await device.context.newPage());
  const { page } = ada;
  await page.goto(server.url);
  await page.waitForSelector('label:text-is("Access token")');
  expect(await page.locator('.development').textContent()).toBe('');
  await tryToken(page, 'rubbish');
  await expectProblem(page, /not a token/);
  await tryToken(page, await tokenOf('ada', 60_000, 'the secret of somebody else entirely'));
  await expectProblem(page, /token does not verify|token was not accepted|signature/);
  await tryToken(page, await tokenOf('ada', -60_000));
  await expectProblem(page, /expired/);
  await tryToken(page, await tokenOf('ada'));
  await expectProblem(page, /no user has the name of this token/);
  const id = await makeUser(server.url, 'ada');
  await makeUser(server.url, 'bob');
  await tryToken(page, await tokenOf('ada'));
  await page.waitForSelector('.sidebar');
  await ada.open('bob');
  await ada.send('hello');
  await ada.expectTexts(['hello']);
  await page.reload();
  await page.waitForSelector('.sidebar');
  await ada.expectTexts(['hello']);
  // Her account is closed: the page goes back to the login and says so.
  const ended = await fetch(`${server.url}v1/admin/end-sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}` },
    body: JSON.stringify({ user: id }),
  });
  expect(ended.status).toBe(202);
  await page.waitForSelector('label:text-is("Access token")');
  await expectProblem(page, /ended/);
  expect(ada.errors).toEqual([]);
});
