/**
 * The corpus against the codec, in this process: every input gives a frame or a typed failure, and what was taken can be written
 * and read again.
 */
import {
  decodeFrame,
  encodeFrame,
  frameFromJson,
  frameToJson,
  isFailure,
  messageFromJson,
  readFrames,
  StreamSplitter,
} from '../../core/protocol/index.ts';
import { Corpus } from './corpus.ts';
import { jsonText } from './json-corpus.ts';

export interface CodecFuzzResult {
  readonly frames: number;
  /** Inputs at which something was thrown or a taken frame did not survive; the first few, in hex or as text. */
  readonly crashes: number;
  readonly examples: readonly string[];
  readonly taken: number;
  /** Failures by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

const jsonEach = 10;

export function fuzzCodec(seed: number, count: number): CodecFuzzResult {
  const corpus = new Corpus(seed);
  const reasons: Record<string, number> = {};
  const examples: string[] = [];
  let crashes = 0;
  let taken = 0;
  const note = (outcome: string): void => {
    if (outcome === '') taken++;
    else reasons[outcome] = (reasons[outcome] ?? 0) + 1;
  };
  for (let done = 0; done < count; done++) {
    const isJson = done % jsonEach === 0;
    const text = isJson ? jsonText(corpus) : '';
    const bytes = isJson ? new Uint8Array(0) : corpus.frame().bytes;
    try {
      note(isJson ? tryJson(text) : tryBytes(bytes, corpus));
    } catch (error) {
      crashes++;
      if (examples.length < 5) examples.push(`${isJson ? text.slice(0, 200) : Buffer.from(bytes).toString('hex')}: ${String(error)}`);
    }
  }
  return { frames: count, crashes, examples, taken, reasons };
}

/** '' when it was taken, else the reason. */
function tryBytes(bytes: Uint8Array, corpus: Corpus): string {
  readFrames(bytes, () => {});
  readFrames(corpus.brokenRun(), () => {});
  new StreamSplitter(64 * 1024).push(bytes, () => {});
  const frame = decodeFrame(bytes);
  if (isFailure(frame)) return frame.reason;
  const again = decodeFrame(encodeFrame(frame));
  if (isFailure(again)) throw new Error(`taken once, then refused: ${again.reason}`);
  const fromJson = frameFromJson(JSON.parse(JSON.stringify(frameToJson(frame))) as unknown);
  if (isFailure(fromJson)) throw new Error(`taken, but refused as JSON: ${fromJson.reason} ${fromJson.field}`);
  if (Buffer.compare(encodeFrame(fromJson), encodeFrame(frame)) !== 0) throw new Error('not the same through JSON');
  return '';
}

function tryJson(text: string): string {
  const message = messageFromJson(text);
  if (isFailure(message)) return message.reason;
  for (const frame of message) {
    const again = decodeFrame(encodeFrame(frame));
    if (isFailure(again)) throw new Error(`taken as JSON, refused as bytes: ${again.reason}`);
  }
  return '';
}
