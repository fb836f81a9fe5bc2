/**
 * `npm run bench:codec`: nanoseconds to encode and to decode one frame of each type.
 *
 * Method: each type's frames are written into an arena and read into new objects through the same dispatch as a message is;
 * 64 different frames a type in turn, many rounds, the median round counts. `send` is measured as the hot path uses it too,
 * into an object that is kept (`sendInto`).
 */
import { cpus } from 'node:os';
import {
  type Frame,
  FrameReader,
  FrameType,
  FrameWriter,
  frameName,
  newSend,
  readFrame,
  readSend,
  writeFrame,
} from '../../core/protocol/index.ts';
import { frames } from '../../core/protocol/schema.ts';
import { wordsOrExit } from '../../sim/cli/words.ts';
import { sampleFrame } from './sample-frames.ts';

const boundNs = 300;
const help = `npm run bench:codec -- [options]: nanoseconds to encode and to decode one frame of each type

  --json   only the JSON object
  --help

Exit codes: 0 encode and decode of a send with 100 bytes take at most ${boundNs} ns each · 1 they do not · 2 wrong arguments
`;
const variants = 64;
const rounds = 21;
/** A round takes about this long. */
const roundNs = 3_000_000;

interface Figure {
  readonly bytes: number;
  readonly encodeNs: number;
  readonly decodeNs: number;
}

/** What a loop computed, so that no engine may leave it out. */
let sink = 0;

function main(): void {
  const { json } = wordsOrExit(help, { json: false });
  const figures: Record<string, Figure> = {};
  // Twice: the first pass only warms the dispatch with every type.
  for (const pass of [1, 2]) {
    for (const definition of frames) {
      const samples = Array.from({ length: variants }, (_, salt) => sampleFrame(definition, salt));
      const figure = measureFrame(samples, pass === 1 ? 3 : rounds);
      figures[frameName(definition.type)] = figure;
      if (pass === 2 && !json) console.log(line(frameName(definition.type), figure));
    }
  }
  const sendInto = measureSendInto();
  if (!json) console.log(line('send, kept object', sendInto));
  const send = figures.send;
  const ok = send.encodeNs <= boundNs && send.decodeNs <= boundNs && sendInto.encodeNs <= boundNs && sendInto.decodeNs <= boundNs;
  if (!ok) process.exitCode = 1;
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cpus: cpus().length, arch: process.arch };
  const by = (pick: (figure: Figure) => number) =>
    Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, pick(figure)]));
  const result = {
    ok,
    boundNs,
    encodeNs: by((f) => f.encodeNs),
    decodeNs: by((f) => f.decodeNs),
    bytes: by((f) => f.bytes),
    sendInto,
    machine,
    sink,
  };
  console.log(
    json
      ? JSON.stringify(result)
      : `${ok ? 'holds' : 'does not hold'}: send at most ${boundNs} ns each way (${machine.node}, ${machine.cpu})`,
  );
}

function measureFrame(samples: readonly Frame[], roundCount: number): Figure {
  const writer = new FrameWriter(64 * 1024);
  const reader = new FrameReader();
  const encoded = samples.map((frame) => encodeAlone(writer, frame));
  const encode = (times: number): void => {
    for (let turn = 0; turn < times; turn++) {
      writer.reset();
      writeFrame(writer, samples[turn % variants]);
      sink = (sink + writer.bytes[writer.length - 1]) | 0;
    }
  };
  const decode = (times: number): void => {
    for (let turn = 0; turn < times; turn++) {
      reader.reset(encoded[turn % variants]);
      const frame = readFrame(reader);
      if (frame === null) throw new Error(`no frame: ${reader.failure}`);
      sink = (sink + frame.type) | 0;
    }
  };
  return { bytes: encoded[0].length, encodeNs: nanoseconds(encode, roundCount), decodeNs: nanoseconds(decode, roundCount) };
}

/** The hot path of edge and owner: type known, object kept. */
function measureSendInto(): Figure {
  const definition = frames.find((frame) => frame.type === FrameType.send);
  if (definition === undefined) throw new Error('no send');
  const writer = new FrameWriter(64 * 1024);
  const reader = new FrameReader();
  const encoded = Array.from({ length: variants }, (_, salt) => encodeAlone(writer, sampleFrame(definition, salt)));
  const kept = newSend();
  const decode = (times: number): void => {
    for (let turn = 0; turn < times; turn++) {
      reader.reset(encoded[turn % variants], 1);
      if (!readSend(reader, kept)) throw new Error(`no send: ${reader.failure}`);
      sink = (sink + kept.clientSeq + kept.body.length) | 0;
    }
  };
  const encode = (times: number): void => {
    for (let turn = 0; turn < times; turn++) {
      writer.reset();
      kept.clientSeq = 1000 + (turn & 63);
      writeFrame(writer, kept);
      sink = (sink + writer.bytes[writer.length - 1]) | 0;
    }
  };
  return { decodeNs: nanoseconds(decode, rounds), encodeNs: nanoseconds(encode, rounds), bytes: encoded[0].length };
}

function encodeAlone(writer: FrameWriter, frame: Frame): Uint8Array {
  writer.reset();
  writeFrame(writer, frame);
  return writer.copy();
}

/** Median over rounds of the time of one call. */
function nanoseconds(loop: (times: number) => void, roundCount: number): number {
  let times = 256;
  let spent = timed(loop, times);
  while (spent < roundNs / 2) {
    times *= 2;
    spent = timed(loop, times);
  }
  const all = Array.from({ length: roundCount }, () => timed(loop, times) / times).sort((a, b) => a - b);
  return Math.round(all[Math.floor(roundCount / 2)] * 10) / 10;
}

function timed(loop: (times: number) => void, times: number): number {
  const start = process.hrtime.bigint();
  loop(times);
  return Number(process.hrtime.bigint() - start);
}

function line(name: string, figure: Figure): string {
  const nanoseconds = (value: number): string => `${value.toFixed(1).padStart(8)} ns`;
  const { bytes, encodeNs, decodeNs } = figure;
  return `${name.padEnd(20)} ${String(bytes).padStart(6)} B  encode ${nanoseconds(encodeNs)}  decode ${nanoseconds(decodeNs)}`;
}

main();
