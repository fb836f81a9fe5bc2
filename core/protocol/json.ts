/**
 * The JSON codec: WebSocket subprotocol `parley.v1.json`, and the bodies of the HTTP API.
 *
 * Method: walks the schema's table at run time (it is for debugging and simple clients, not for speed). A frame is an
 * object with `"type"` and the fields by name; a message is one object or an array of them. Members that the schema does
 * not know are skipped; optional fields with their zero value are left out.
 */
import { type DecodeFailure, decodeFailure, isFailure } from './failure.ts';
import { FrameType, frameName } from './generated/frame-type.ts';
import { type Frame, newFrame } from './generated/frames.ts';
import { type EntryStruct, type EventStruct, newEntryStruct, newEventStruct } from './generated/structs.ts';
import { type JsonObject, jsonToMembers, membersToJson } from './json-fields.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { type Field, frames, structs } from './schema.ts';

export type { JsonObject, JsonValue } from './json-fields.ts';

/** A frame as an object for JSON.stringify. */
export function frameToJson(frame: Frame): JsonObject {
  return { type: frameName(frame.type), ...membersToJson(fieldsOf(frame.type), frame) };
}

/** A frame from what JSON.parse returned. */
export function frameFromJson(value: unknown, limits: Limits = defaultLimits): Frame | DecodeFailure {
  if (!isObject(value)) return decodeFailure('badJson');
  const type = value.type;
  if (typeof type !== 'string' || !Object.hasOwn(FrameType, type)) return decodeFailure('unknownType', 0, 'type');
  const frame = newFrame(FrameType[type as keyof typeof FrameType]);
  return jsonToMembers(fieldsOf(frame.type), value, frame, limits) ?? frame;
}

/** Text of a message with these frames. */
export function messageToJson(message: readonly Frame[]): string {
  const objects = message.map(frameToJson);
  return JSON.stringify(objects.length === 1 ? objects[0] : objects);
}

/** Frames of a message's text: one object or an array of them. All are well-formed, or the answer is a failure. */
export function messageFromJson(text: string, limits: Limits = defaultLimits): Frame[] | DecodeFailure {
  const value = parseJson(text);
  if (value === undefined) return decodeFailure('badJson');
  const result: Frame[] = [];
  for (const item of Array.isArray(value) ? value : [value]) {
    const frame = frameFromJson(item, limits);
    if (isFailure(frame)) return frame;
    result.push(frame);
  }
  return result;
}

/** Parses text; undefined: it is no JSON (or nested deeper than the engine's parser goes). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** An event of a page, as HTTP bodies show it. */
export function eventToJson(event: EventStruct): JsonObject {
  return membersToJson(structs.Event, event);
}

export function eventFromJson(value: unknown, limits: Limits = defaultLimits): EventStruct | DecodeFailure {
  if (!isObject(value)) return decodeFailure('badJson');
  const event = newEventStruct();
  return jsonToMembers(structs.Event, value, event, limits) ?? event;
}

/** An inbox entry, as HTTP bodies show it. */
export function entryToJson(entry: EntryStruct): JsonObject {
  return membersToJson(structs.Entry, entry);
}

export function entryFromJson(value: unknown, limits: Limits = defaultLimits): EntryStruct | DecodeFailure {
  if (!isObject(value)) return decodeFailure('badJson');
  const entry = newEntryStruct();
  return jsonToMembers(structs.Entry, value, entry, limits) ?? entry;
}

const fieldsByType: ReadonlyMap<number, readonly Field[]> = new Map(frames.map((frame) => [frame.type, frame.fields]));

function fieldsOf(type: number): readonly Field[] {
  return fieldsByType.get(type) ?? [];
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
