// OPERATIONS.md is true where a program can tell: options, metrics, files, limits and messages it names are those of the code.
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayLimits } from '../../core/gateway/limits.ts';
import { options } from '../../core/host/config.ts';
import { defaultLimits } from '../../core/protocol/limits.ts';
import { embeddedLimits } from '../../core/store/embedded/machines/limits.ts';
import { HBaseStore } from '../../core/store/hbase/hbase-store.ts';
import { withOptionsTable } from '../../scripts/options-table.ts';
import { sourceFiles, top } from '../_util/source-files.ts';
import { startTestNode } from '../_util/test-node.ts';

const page = readFileSync(join(top, 'OPERATIONS.md'), 'utf8');
const sources = sourceFiles(/^core\/.*\.ts$/)
  .map((path) => readFileSync(join(top, path), 'utf8'))
  .join('\n');

describe('OPERATIONS.md', () => {
  it('has the table of options (else: npm run docs)', () => {
    expect(page).toBe(withOptionsTable(page));
  });

  it('names variables and flags that there are', () => {
    const known: readonly string[] = [...Object.values(options).map(({ variable }) => variable), 'PARLEY_JWT_SECRET'];
    for (const [name] of page.matchAll(/PARLEY_[A-Z_]+/g)) expect(known).toContain(name);
  });

  it('names metrics and files that there are', async () => {
    const data = join(mkdtempSync(join(tmpdir(), 'parley-operations-')), 'data');
    // Its metrics are there when Redis is not.
    const node = await startTestNode({ PARLEY_STORE: 'embedded', PARLEY_DATA: data, PARLEY_REDIS: 'redis://127.0.0.1:1' });
    const metrics = await (await fetch(`${node.url}metrics`)).text();
    for (const [name] of page.matchAll(/parley_[a-z0-9_]+[a-z0-9]/g)) {
      if (name !== 'parley_process' && name !== 'parley_nodejs' && !ofHBase().includes(name)) expect(metrics).toContain(`\n${name}`);
    }
    const files = readdirSync(data);
    for (const file of ['journal-000', 'index', 'checkpoint-0', 'checkpoint-1', 'identity', 'lock', 'development-secret'])
      expect(files).toContain(file);
    expect(files.filter((file) => !page.includes(file) && !/^(journal|checkpoint)-/.test(file))).toEqual([]);
  });

  it('quotes messages that the code has', () => {
    const messages = [
      'another process has it open',
      'nothing can be appended: ',
      'the journal is written again',
      'index rebuilt from the journal',
    ];
    messages.push('DEVELOPMENT MODE', 'rows could not be applied', 'use the program that wrote it', 'no room');
    for (const message of messages) {
      expect(page).toContain(message.trim());
      expect(sources).toContain(message);
    }
  });

  it('states the limits of the code', () => {
    const { connectionFramesPerSecond, connectionFramesBurst, userSendsPerSecond, userSendsBurst, bodyBytesMax, frameBytesMax } =
      defaultLimits;
    expect(page).toContain(`${connectionFramesPerSecond} frames a second a connection (burst ${connectionFramesBurst})`);
    expect(page).toContain(`${userSendsPerSecond} sends a second a user (burst ${userSendsBurst})`);
    expect(page).toContain(`a text ${bodyBytesMax / 1024} KiB, a frame ${frameBytesMax / 1024} KiB`);
    expect(page).toContain(`at most ${defaultLimits.sessionsPerUserMax} sessions`);
    expect(page).toContain(`\`keep-alive: timeout=${gatewayLimits.keepAliveSeconds}\``);
    expect(page).toContain(`less ${gatewayLimits.openFilesReserved}`);
    expect(page).toContain(`${embeddedLimits.segmentsMax} files of ${embeddedLimits.segmentBytes / 2 ** 20} MiB`);
    expect(page).toContain(`above ${embeddedLimits.lagBytesMax / 2 ** 20} MiB`);
    expect(page).toContain(`503 after ${gatewayLimits.sendRetryMs / 1000} s of retries`);
  });

  it('points to files and sections that there are', () => {
    for (const [, path] of page.matchAll(/`((?:core|test|scripts)\/[a-z/.-]+\.ts)`/g))
      expect(existsSync(join(top, path ?? '')), path).toBe(true);
    for (const [, anchor] of page.matchAll(/\]\(#([a-z-]+)\)/g)) {
      const headings = [...page.matchAll(/^## (.*)$/gm)].map((match) =>
        match[1]
          ?.toLowerCase()
          .replace(/[^a-z -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(headings).toContain(anchor);
    }
  });
});

/** Metrics that only a node on HBase has: its store, which need not be there, names them. */
function ofHBase(): string[] {
  const store = new HBaseStore({ client: { masters: '127.0.0.1:1' }, prefix: 'p' });
  const names = Object.keys(store.stats()).map((name) => `parley_store_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
  return [...names, 'parley_failed_requests'];
}
