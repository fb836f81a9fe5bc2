/**
 * Numbers of connections: each is used once, and says whose it is and which of that device's lives.
 */
import { mix } from '../random.ts';
import { ticksOfUs } from './day-time.ts';
import { clientUsMax, clientUsMin } from './limits.ts';

export class Connections {
  readonly #devices: number;
  readonly #seed: number;
  /** Scratch of the node that writes to a device: which of its runs is that device's. */
  readonly runOfDevice: Int32Array;

  constructor(seed: number, devices: number) {
    this.#seed = mix(seed, 0x636f6e6e);
    this.#devices = devices;
    this.runOfDevice = new Int32Array(devices).fill(-1);
  }

  numberOf(device: number, life: number): number {
    return 1 + device + this.#devices * life;
  }

  readonly deviceOf = (connection: number): number => (connection - 1) % this.#devices;

  /** One way, the same for all messages of a connection: they keep their order. */
  latencyTicks(connection: number): number {
    return ticksOfUs(clientUsMin + ((mix(this.#seed, connection) >>> 0) % (clientUsMax - clientUsMin)));
  }
}
