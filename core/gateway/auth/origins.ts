/**
 * From which pages browsers may connect: the node's own by default, and those of PARLEY_ORIGINS.
 *
 * A client without an Origin header is no browser; its token is all that counts.
 */

export class Origins {
  private readonly allowed: ReadonlySet<string>;
  private readonly any: boolean;

  /** @param origins such as `https://chat.example.org`; `*` allows every page. */
  constructor(origins: readonly string[]) {
    this.allowed = new Set(origins.map((origin) => origin.toLowerCase()));
    this.any = this.allowed.has('*');
  }

  allows(origin: string, host: string): boolean {
    if (origin === '' || this.any) return true;
    const lower = origin.toLowerCase();
    return lower === `http://${host.toLowerCase()}` || lower === `https://${host.toLowerCase()}` || this.allowed.has(lower);
  }
}
