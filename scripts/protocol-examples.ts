/**
 * Worked examples of PROTOCOL.md: frames byte by byte.
 *
 * Method: every part is written by the primitive that its type names, and the parts together must be what the codec writes:
 * so the page cannot show bytes that are not sent.
 */
import { encodeFrame, encodeFrames } from '../core/protocol/codec.ts';
import { newHello, newSend } from '../core/protocol/generated/client-frames.ts';
import { errorName } from '../core/protocol/generated/codes.ts';
import { FrameType } from '../core/protocol/generated/frame-type.ts';
import type { Frame } from '../core/protocol/generated/frames.ts';
import { newEvent, newWelcome } from '../core/protocol/generated/server-frames.ts';
import { frameToJson } from '../core/protocol/json.ts';
import { conversationToText, u64ToText } from '../core/protocol/json-fields.ts';
import { type Field, frames, structs } from '../core/protocol/schema.ts';
import { decodeUtf8, encodeUtf8 } from '../core/protocol/utf8.ts';
import { FrameWriter } from '../core/protocol/writer.ts';

type Members = Readonly<Record<string, unknown>>;

interface Part {
  readonly bytes: Uint8Array;
  readonly meaning: string;
}

const sender = { senderIdHigh: 0x1122_3344, senderIdLow: 0x5566_7788, clientSeq: 1, sendIdHigh: 0xa1b2_c3d4, sendIdLow: 0xe5f6_0718 };

/** Alice (user 5) says "Hi €" to Bob (user 9). */
function exampleFrames(): readonly Frame[] {
  const hello = {
    ...newHello(),
    protocol: 1,
    token: 'eyJ.e30.sig',
    deviceId: 1001,
    tabId: 2002,
    attempt: 1,
    storeIdHigh: 7,
    storeIdLow: 1,
    epoch: 2,
    batch: 300,
  };
  const welcome = {
    ...newWelcome(),
    protocol: 1,
    storeIdHigh: 7,
    storeIdLow: 1,
    user: 5,
    name: 'alice',
    serverTime: 1_795_000_000_000,
    pingMs: 25_000,
    tokenExpiresAt: 1_795_003_600_000,
    bodyBytesMax: 8192,
  };
  const send = { ...newSend(), conversationA: 5, conversationB: 9, ...sender, kind: 1, body: encodeUtf8('Hi €'), replyTo: 3 };
  const event = {
    ...newEvent(),
    conversationA: 5,
    conversationB: 9,
    seq: 4,
    messageNo: 4,
    authorNo: 2,
    timestamp: 1_795_000_000_123,
    kind: 1,
    author: 5,
    ...sender,
    body: encodeUtf8('Hi €'),
    replyTo: 3,
  };
  return [
    hello,
    welcome,
    send,
    { type: FrameType.accepted, conversationA: 5, conversationB: 9, ...sender, seq: 4 },
    event,
    { type: FrameType.ack, conversationA: 5, conversationB: 9, seq: 4 },
  ];
}

/** The section's text. */
export function examples(): string {
  const shown = exampleFrames();
  const ping: Frame = { type: FrameType.ping };
  const ack = shown[shown.length - 1];
  return [
    ...shown.map(example),
    [
      '#### A message of two frames',
      '',
      '`ping`, then the `ack` above, as one WebSocket message:',
      '',
      '```',
      hex(encodeFrames([ping, ack])),
      '```',
    ].join('\n'),
  ].join('\n\n');
}

function example(frame: Frame): string {
  const definition = frames.find((one) => one.type === frame.type);
  if (definition === undefined) throw new Error(`no frame ${frame.type}`);
  const parts = [
    part((w) => w.varint(frame.type), `type: \`${definition.name}\``),
    ...partsOf(definition.fields, frame as unknown as Members),
  ];
  const together = new FrameWriter();
  for (const { bytes } of parts) together.append(bytes);
  const encoded = encodeFrame(frame);
  if (hex(together.view()) !== hex(encoded)) throw new Error(`example of ${definition.name} is not what the codec writes`);
  return [
    `#### ${definition.name}, ${encoded.length} bytes`,
    '',
    '| bytes | meaning |',
    '|---|---|',
    ...parts.map(({ bytes, meaning }) => `| \`${hex(bytes)}\` | ${meaning} |`),
    '',
    '```json',
    JSON.stringify(frameToJson(frame)),
    '```',
  ].join('\n');
}

function partsOf(fields: readonly Field[], members: Members): Part[] {
  return fields.flatMap((field) => {
    if (typeof field.type === 'object' && 'struct' in field.type) return partsOf(structs[field.type.struct], members);
    const value = fieldPart(field, members);
    if (field.tag === undefined) return [value];
    if (!members[field.name]) return [];
    const head = part(
      (w) => {
        w.varint(field.tag ?? 0);
        w.varint(value.bytes.length);
      },
      `optional field ${field.tag}, ${value.bytes.length} byte${value.bytes.length === 1 ? '' : 's'}`,
    );
    return [head, value];
  });
}

function fieldPart(field: Field, members: Members): Part {
  const { name } = field;
  const number = members[name] as number;
  switch (field.type) {
    case 'varint':
      return part((w) => w.varint(number), `${name} ${number}`);
    case 'code':
      return part((w) => w.varint(number), `${name} ${errorName(number)}`);
    case 'u8':
      return part((w) => w.u8(number), `${name} ${number}`);
    case 'bool':
      return part((w) => w.u8(members[name] === true ? 1 : 0), `${name} ${members[name] === true}`);
    case 'id53':
      return part((w) => w.id53(number), `${name} ${number}`);
    case 'u64': {
      const [high, low] = [members[`${name}High`] as number, members[`${name}Low`] as number];
      return part((w) => w.u64(high, low), `${name} ${u64ToText(high, low)}`);
    }
    case 'conversation': {
      const [a, b] = [members[`${name}A`] as number, members[`${name}B`] as number];
      return part(
        (w) => {
          w.id53(a);
          w.id53(b);
        },
        `${name} ${conversationToText(a, b)}`,
      );
    }
    case 'string':
      return part((w) => w.string(members[name] as string), `${name} "${members[name] as string}"`);
    case 'text':
      return part((w) => w.text(members[name] as Uint8Array), `${name} "${decodeUtf8(members[name] as Uint8Array) ?? ''}"`);
    default:
      throw new Error(`no example has a field like ${name}`);
  }
}

function part(write: (w: FrameWriter) => void, meaning: string): Part {
  const w = new FrameWriter();
  write(w);
  return { bytes: w.copy(), meaning };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
