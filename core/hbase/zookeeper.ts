/**
 * The registry in ZooKeeper: two nodes are read, each with a session of its own that ends at once. No watches, no library.
 *
 * ZooKeeper's frames are `[u32 length][body]`, big-endian. ConnectRequest: version, last zxid seen, timeout, session id, password. Then
 * requests `[xid][type]…` with answers `[xid][zxid][error]…`; getData is type 4, closeSession -11. HBase writes its nodes as
 * `0xff [u32 length][who wrote it] PBUF [message]` (Java RecoverableZooKeeper, ZooKeeper.proto).
 */
import { connect } from 'node:net';
import { ascii, latin1 } from './byte-strings.ts';
import { HBaseError, type ServerAddress } from './errors.ts';
import { FrameSplitter } from './frames.ts';
import type { HBaseLimits } from './limits.ts';
import { type Registry, readField } from './registry.ts';
import type { ServerName } from './server-name.ts';

const answerBytesMax = 1024 * 1024;
const sessionMs = 10_000;
const getDataType = 4;
const closeSessionType = -11;
const noNode = -101;

export class ZookeeperRegistry implements Registry {
  private readonly quorum: ServerAddress[];
  private readonly root: string;
  private readonly limits: HBaseLimits;

  constructor(quorum: readonly ServerAddress[], root: string, limits: HBaseLimits) {
    this.quorum = [...quorum];
    this.root = root;
    this.limits = limits;
  }

  metaServer(): Promise<ServerName> {
    return this.read('meta-region-server');
  }

  activeMaster(): Promise<ServerName> {
    return this.read('master');
  }

  /** Servers of the quorum in turn, beginning with the one that answered last. Both nodes hold a server name as their first field. */
  private async read(name: string): Promise<ServerName> {
    const path = `${this.root}/${name}`;
    let why = 'no quorum';
    for (const server of [...this.quorum]) {
      try {
        const found = readField(messageOf(await readNode(server, path, this.limits.connectMsMax)), 1);
        if (found !== null) return found;
        why = 'it names no server';
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      this.quorum.push(...this.quorum.splice(this.quorum.indexOf(server), 1));
    }
    throw new HBaseError(`ZooKeeper ${path}: ${why}`, { nextStep: 'backOff', applied: 'no' });
  }
}

function readNode(server: ServerAddress, path: string, msMax: number): Promise<Uint8Array> {
  return new Promise((fulfil, reject) => {
    const socket = connect({ host: server.host, port: server.port, noDelay: true });
    const splitter = new FrameSplitter(answerBytesMax);
    let isConnected = false;
    const timer = setTimeout(() => socket.destroy(new Error(`${server.host}:${server.port}: no answer in time`)), msMax);
    const visit = (frame: Uint8Array): void => {
      if (!isConnected) {
        isConnected = true;
        socket.write(getDataFrame(path));
        return;
      }
      const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
      const error = view.getInt32(12);
      if (error === noNode) reject(new Error('no such node: HBase is not up, or its root is another'));
      else if (error !== 0) reject(new Error(`error ${error}`));
      else fulfil(frame.subarray(20, 20 + view.getInt32(16)));
      socket.end(closeFrame());
    };
    socket.on('connect', () => socket.write(connectFrame()));
    socket.on('data', (chunk) => {
      try {
        splitter.feed(chunk, visit);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error(`${server.host}:${server.port}: connection closed`));
    });
  });
}

function connectFrame(): Uint8Array {
  const passwordBytes = 16;
  const frame = Buffer.alloc(4 + 28 + passwordBytes);
  frame.writeUInt32BE(frame.length - 4, 0);
  frame.writeUInt32BE(sessionMs, 16);
  frame.writeUInt32BE(passwordBytes, 28);
  return frame;
}

function getDataFrame(path: string): Uint8Array {
  const name = ascii(path);
  const frame = Buffer.alloc(4 + 12 + name.length + 1);
  frame.writeUInt32BE(frame.length - 4, 0);
  frame.writeUInt32BE(1, 4);
  frame.writeUInt32BE(getDataType, 8);
  frame.writeUInt32BE(name.length, 12);
  frame.set(name, 16);
  return frame;
}

function closeFrame(): Uint8Array {
  const frame = Buffer.alloc(12);
  frame.writeUInt32BE(8, 0);
  frame.writeUInt32BE(2, 4);
  frame.writeInt32BE(closeSessionType, 8);
  return frame;
}

/** The message within HBase's wrapping. */
export function messageOf(data: Uint8Array): Uint8Array {
  const metaBytes = data[0] === 0xff ? 5 + new DataView(data.buffer, data.byteOffset).getUint32(1) : 0;
  if (latin1(data.subarray(metaBytes, metaBytes + 4)) !== 'PBUF') throw new Error('a node that HBase did not write');
  return data.subarray(metaBytes + 4);
}
