/**
 * The built pages, from memory: read once at the start, with their types, tags and cache rules.
 *
 * Method: names under assets/ carry a hash of their content and may be kept for ever; everything else is asked for again each time and
 * answered 304 when it is the same.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Exchange } from './exchange.ts';
import { contentSecurityPolicy } from './security-headers.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

interface Page {
  readonly body: Uint8Array;
  readonly type: string;
  readonly tag: string;
  readonly cache: string;
}

export class Pages {
  private readonly pages = new Map<string, Page>();

  /** @param directory with index.html; one that does not exist gives no pages. */
  constructor(directory: string) {
    if (!existsSync(directory)) return;
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) this.add(directory, join(entry.parentPath, entry.name));
    }
  }

  get count(): number {
    return this.pages.size;
  }

  /** Answers when there is such a page. */
  answer(exchange: Exchange): boolean {
    const page = this.pages.get(exchange.path === '/' ? '/index.html' : exchange.path);
    if (page === undefined) return false;
    const headers: Record<string, string> = { etag: page.tag, 'cache-control': page.cache };
    if (exchange.header('if-none-match') === page.tag) {
      exchange.send('304 Not Modified', headers, '');
      return true;
    }
    headers['content-type'] = page.type;
    if (page.type.startsWith('text/html')) headers['content-security-policy'] = contentSecurityPolicy;
    exchange.send('200 OK', headers, page.body);
    return true;
  }

  private add(directory: string, file: string): void {
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    const body = readFileSync(file);
    const type = types[extname(file)] ?? 'application/octet-stream';
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    this.pages.set(path, { body, type, tag, cache });
  }
}
