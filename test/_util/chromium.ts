// Goal: browser tests use the system's Chromium, the same way everywhere. Method: PARLEY_CHROMIUM, then the usual names; it is launched
// through playwright-core with a fresh profile and without anything that talks to the network by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import type { TestContext } from 'vitest';
import { findProgram, isExecutable, requireOrFail } from './require.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const quietFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** One browser with a profile of its own: `close` ends it and removes the profile. */
export type Device = { readonly context: BrowserContext; readonly close: () => Promise<void> };

/** Path of the system's Chromium, or `undefined`. */
export function findChromium(): string | undefined {
  const named = process.env.PARLEY_CHROMIUM;
  if (named !== undefined && named !== '') return isExecutable(named) ? named : undefined;
  return names.map(findProgram).find((path) => path !== undefined);
}

/** Path of the system's Chromium; without one the test is skipped, or fails when PARLEY_REQUIRE_ALL=1. */
export function requireChromium(context: Pick<TestContext, 'skip'>): string {
  return findChromium() ?? requireOrFail(context, 'Chromium', 'apt-get install chromium, or set PARLEY_CHROMIUM to a Chromium or Chrome');
}

/** What `launchPersistentContext` needs for this project. */
export function launchOptions(executablePath: string): { executablePath: string; headless: true; args: string[] } {
  return { executablePath, headless: true, args: [...quietFlags] };
}

/** Starts a browser with a fresh profile: one device. `pageOptions` are playwright's (viewport, colorScheme, …). */
export async function openDevice(
  executablePath: string,
  pageOptions: NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]> = {},
): Promise<Device> {
  const profile = mkdtempSync(join(tmpdir(), 'parley-chromium-'));
  const context = await chromium.launchPersistentContext(profile, { ...launchOptions(executablePath), ...pageOptions });
  const close = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { context, close };
}
