/**
 * Fields of the schema to JSON members and back.
 *
 * Method: the only place that touches frames by field name. Objects of frames are flat (`conversationA`, `senderIdHigh`);
 * JSON has one member a field.
 */
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { type DecodeFailure, type DecodeFailureReason, decodeFailure } from './failure.ts';
import { errorName, errorNumber } from './generated/codes.ts';
import { newEntryStruct, newEventStruct, newSyncItemStruct, newUserNameStruct, newWatermarkStruct } from './generated/structs.ts';
import type { Limits } from './limits.ts';
import { type Field, type StructName, structs } from './schema.ts';
import { decodeUtf8, encodeUtf8, utf8Length, wellFormed } from './utf8.ts';

export type JsonValue = string | number | boolean | JsonObject | readonly JsonObject[];
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

type Members = Record<string, unknown>;

/** The members of a frame's or struct's object, by the fields of its definition. */
export function membersToJson(fields: readonly Field[], source: object): JsonObject {
  const members = source as Members;
  const result: Record<string, JsonValue> = {};
  for (const field of fields) {
    if (typeof field.type === 'object' && 'struct' in field.type) {
      Object.assign(result, membersToJson(structs[field.type.struct], members));
    } else {
      const value = fieldToJson(field, members);
      if (field.tag === undefined || !isZero(value)) result[field.name] = value;
    }
  }
  return result;
}

/** Fills the members of `target` from a JSON object; returns the failure, or null. */
export function jsonToMembers(fields: readonly Field[], json: Readonly<Members>, target: object, limits: Limits): DecodeFailure | null {
  const members = target as Members;
  for (const field of fields) {
    if (typeof field.type === 'object' && 'struct' in field.type) {
      const failure = jsonToMembers(structs[field.type.struct], json, members, limits);
      if (failure !== null) return failure;
      continue;
    }
    const value = Object.hasOwn(json, field.name) ? json[field.name] : undefined;
    if (value === undefined) {
      if (field.tag === undefined) return decodeFailure('missingField', 0, field.name);
      continue;
    }
    const failure = jsonToField(field, value, members, limits);
    if (failure === '') continue;
    return typeof failure === 'string' ? decodeFailure(failure, 0, field.name) : failure;
  }
  return null;
}

function fieldToJson(field: Field, members: Readonly<Members>): JsonValue {
  const value = members[field.name];
  switch (field.type) {
    case 'varint':
    case 'u8':
    case 'id53':
    case 'bool':
    case 'string':
      return value as JsonValue;
    case 'u64':
      return u64ToText(members[`${field.name}High`] as number, members[`${field.name}Low`] as number);
    case 'conversation':
      return conversationToText(members[`${field.name}A`] as number, members[`${field.name}B`] as number);
    case 'text':
      return decodeUtf8(value as Uint8Array) ?? '';
    case 'bytes':
      return encodeBase64url(value as Uint8Array);
    case 'code':
      return errorName(value as number);
    default: {
      const item = structs[listName(field)];
      return (value as readonly object[]).map((part) => membersToJson(item, part));
    }
  }
}

/** Sets the member(s) of a field from its JSON value; returns '' or what is wrong. */
function jsonToField(field: Field, value: unknown, members: Members, limits: Limits): DecodeFailureReason | DecodeFailure | '' {
  switch (field.type) {
    case 'varint':
      if (!isNatural(value, Number.MAX_SAFE_INTEGER)) return 'badValue';
      break;
    case 'u8':
      if (!isNatural(value, 255)) return 'badValue';
      break;
    case 'id53':
      if (!isNatural(value, Number.MAX_SAFE_INTEGER)) return 'badValue';
      if (value === 0 && field.zero !== true) return 'badId';
      break;
    case 'bool':
      if (typeof value !== 'boolean') return 'badValue';
      break;
    case 'string':
    case 'text':
      if (typeof value !== 'string') return 'badValue';
      if (!wellFormed(value)) return 'badText';
      if (utf8Length(value) > maxOf(field, limits)) return 'tooLong';
      members[field.name] = field.type === 'text' ? encodeUtf8(value) : value;
      return '';
    case 'code': {
      const code = typeof value === 'string' ? errorNumber(value) : -1;
      if (code < 0) return 'badValue';
      members[field.name] = code;
      return '';
    }
    case 'u64': {
      const word = typeof value === 'string' ? u64FromText(value) : null;
      if (word === null) return 'badValue';
      members[`${field.name}High`] = word.high;
      members[`${field.name}Low`] = word.low;
      return '';
    }
    case 'conversation': {
      const ids = typeof value === 'string' ? conversationFromText(value) : null;
      if (ids === null) return 'badConversation';
      members[`${field.name}A`] = ids.a;
      members[`${field.name}B`] = ids.b;
      return '';
    }
    case 'bytes': {
      const bytes = typeof value === 'string' ? decodeBase64url(value) : null;
      if (bytes === null) return 'badValue';
      if (bytes.length > maxOf(field, limits)) return 'tooLong';
      members[field.name] = bytes;
      return '';
    }
    default:
      return jsonToList(field, value, members, limits);
  }
  members[field.name] = value;
  return '';
}

function jsonToList(field: Field, value: unknown, members: Members, limits: Limits): DecodeFailureReason | DecodeFailure | '' {
  if (!Array.isArray(value)) return 'badValue';
  if (value.length > maxOf(field, limits)) return 'tooLong';
  const name = listName(field);
  const items: object[] = [];
  for (const part of value as readonly unknown[]) {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return 'badValue';
    const item = newStruct(name);
    const failure = jsonToMembers(structs[name], part as Members, item, limits);
    if (failure !== null) return failure;
    items.push(item);
  }
  members[field.name] = items;
  return '';
}

function newStruct(name: StructName): object {
  switch (name) {
    case 'Event':
      return newEventStruct();
    case 'Entry':
      return newEntryStruct();
    case 'Watermark':
      return newWatermarkStruct();
    case 'SyncItem':
      return newSyncItemStruct();
    case 'UserName':
      return newUserNameStruct();
    default:
      throw new TypeError(`no struct: ${name satisfies never as string}`);
  }
}

function listName(field: Field): StructName {
  if (typeof field.type === 'object' && 'list' in field.type) return field.type.list;
  throw new TypeError(`field ${field.name} is no list`);
}

function maxOf(field: Field, limits: Limits): number {
  return field.max === undefined ? limits.linkFrameBytesMax : limits[field.max as keyof Limits];
}

function isNatural(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max && !Object.is(value, -0);
}

function isZero(value: JsonValue): boolean {
  return value === 0 || value === '' || value === '0' || value === false || (Array.isArray(value) && value.length === 0);
}

/** A u64 as decimal digits. */
export function u64ToText(high: number, low: number): string {
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString();
}

/** A u64 from decimal digits without leading zeros; null: it is none. */
export function u64FromText(text: string): { readonly high: number; readonly low: number } | null {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return null;
  const value = BigInt(text);
  if (value >= 1n << 64n) return null;
  return { high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) };
}

/** `"A-B"` of a direct conversation, `"gA"` of a group. */
export function conversationToText(a: number, b: number): string {
  return b === 0 ? `g${a}` : `${a}-${b}`;
}

/** A conversation from its text; null: it is none (ids from 1, the lower user first). */
export function conversationFromText(text: string): { readonly a: number; readonly b: number } | null {
  const group = /^g([1-9][0-9]{0,15})$/.exec(text);
  const direct = /^([1-9][0-9]{0,15})-([1-9][0-9]{0,15})$/.exec(text);
  const a = Number(group?.[1] ?? direct?.[1] ?? 0);
  const b = Number(direct?.[2] ?? 0);
  if (a === 0 || a > Number.MAX_SAFE_INTEGER || b > Number.MAX_SAFE_INTEGER) return null;
  if (direct !== null && b < a) return null;
  return { a, b };
}
