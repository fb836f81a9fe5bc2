/** Headers every answer carries. */
import type { HttpResponse } from 'uWebSockets.js';

export function addSecurityHeaders(response: HttpResponse): void {
  response.writeHeader('x-content-type-options', 'nosniff');
  response.writeHeader('referrer-policy', 'no-referrer');
  response.writeHeader('cross-origin-opener-policy', 'same-origin');
}

/** Of pages: our own files only, sockets to where the page came from (and ws:, which older browsers do not count as 'self'). */
export const contentSecurityPolicy = [
  "default-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
