/**
 * Which transport the next connection takes.
 *
 * Method (`auto`): WebSocket; if it could not be opened, the next attempt is a poll, and so in turn until one opens. While polls work, a
 * WebSocket is tried beside them now and then; once it opens, it is closed again and the session moves over.
 */
import type { TransportChoice } from './api.ts';
import { ParleyError } from './errors.ts';
import type { Platform } from './platform.ts';
import type { OpenTransport } from './transport.ts';

const probeFirstMs = 15_000;
const probeMaxMs = 300_000;

export class TransportChooser {
  private readonly platform: Platform;
  private readonly choice: TransportChoice;
  private readonly moveBack: () => void;
  /** What `next` gave last. */
  kind: Exclude<TransportChoice, 'auto'> | null = null;
  private polling = false;
  private probeMs = probeFirstMs;
  private stopProbe: () => void = () => {};

  /** @param moveBack called when WebSocket gets through again: connect anew. */
  constructor(platform: Platform, choice: TransportChoice, moveBack: () => void) {
    this.platform = platform;
    this.choice = choice;
    this.moveBack = moveBack;
  }

  /** @throws ParleyError `noTransport` when the chosen one does not exist here. */
  next(): OpenTransport {
    const { transports } = this.platform;
    const pollNow = transports.poll !== undefined && (this.polling || transports.websocket === undefined);
    const automatic = pollNow ? 'poll' : 'websocket';
    this.kind = this.choice === 'auto' ? automatic : this.choice;
    const chosen = transports[this.kind];
    if (chosen === undefined) throw new ParleyError('noTransport', `there is no transport ${this.choice} here`);
    return chosen;
  }

  /** The last connection carried a welcome. */
  worked(url: string): void {
    if (this.polling && this.choice === 'auto') this.probeLater(url);
  }

  /** The last one closed without having been welcomed. */
  failed(): void {
    this.stopProbe();
    const { websocket, poll } = this.platform.transports;
    if (websocket !== undefined && poll !== undefined) this.polling = !this.polling;
  }

  close(): void {
    this.stopProbe();
  }

  private probeLater(url: string): void {
    this.stopProbe();
    this.stopProbe = this.platform.setTimer(() => this.probe(url), this.probeMs);
    this.probeMs = Math.min(this.probeMs * 2, probeMaxMs);
  }

  private probe(url: string): void {
    try {
      this.tryWebSocket(url);
    } catch {
      // Forbidden by a policy: its constructor throws.
      this.probeLater(url);
    }
  }

  private tryWebSocket(url: string): void {
    const open = this.platform.transports.websocket;
    if (open === undefined) return;
    let opened = false;
    const transport = open(url, '', {
      onOpen: () => {
        opened = true;
        transport.close();
      },
      onMessage: () => {},
      onClose: () => {
        if (!this.polling) return;
        if (!opened) return this.probeLater(url);
        this.polling = false;
        this.probeMs = probeFirstMs;
        this.moveBack();
      },
    });
  }
}
