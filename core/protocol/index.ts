/** `parley/protocol`: frames, their codecs, codes and limits. PROTOCOL.md describes the bytes. */
export { equalBytes, noBytes } from './bytes.ts';
export * from './codec.ts';
export * from './failure.ts';
export * from './generated/client-frames.ts';
export * from './generated/codes.ts';
export * from './generated/frame-type.ts';
export { type Frame, newFrame, readFrame } from './generated/frames.ts';
export * from './generated/link-frames.ts';
export * from './generated/server-frames.ts';
export * from './generated/structs.ts';
export * from './json.ts';
export { conversationFromText, conversationToText, u64FromText, u64ToText } from './json-fields.ts';
export { checkLimits, defaultLimits, type Limits } from './limits.ts';
export { FrameReader } from './reader.ts';
export { protocolVersion } from './schema.ts';
export * from './stream.ts';
export { decodeUtf8, encodeUtf8, utf8Length, validUtf8, wellFormed, writeUtf8 } from './utf8.ts';
export { FrameWriter } from './writer.ts';
