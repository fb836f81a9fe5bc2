/**
 * Every frame of Parley, defined once. From this table follow the binary codec, the JSON codec and the documentation.
 *
 * Method: `scripts/generate-codec.ts` turns these constants into `generated/*.ts` and the tables of PROTOCOL.md; a test fails
 * when the generated files are stale. A frame is `[type varint][required fields in order][optional fields]`; an optional field is
 * `[tag varint][bytes varint][value]`, tags ascending, and a tag that a reader does not know is skipped. A required field is
 * never added to or taken from a frame of one protocol version.
 *
 * Field types:
 * - `varint`  unsigned LEB128, at most 2^53 - 1 (8 bytes); JSON number
 * - `u8`      one byte; JSON number
 * - `bool`    one byte, 0 or 1; JSON boolean
 * - `id53`    8 bytes big-endian, 1 … 2^53 - 1 (0 where the field says "or 0"); JSON number
 * - `u64`     8 bytes big-endian, in code two u32 fields `nameHigh`, `nameLow`; JSON decimal string
 * - `conversation`  two id53 (`nameA`, `nameB`): direct: lower user, upper user (equal for notes to self); group: group id, 0.
 *             JSON string `"A-B"`, or `"gA"` for a group
 * - `string`  varint length and UTF-8, a JavaScript string in code
 * - `text`    varint length and UTF-8, kept as bytes in code, validated; JSON string
 * - `bytes`   varint length and bytes; JSON base64url string
 * - `code`    varint of `errorCodes` below; JSON its name
 * - `{list: Struct}`  varint count, then each struct as `[bytes varint][fields][optional fields]`; JSON array
 * - `{struct: Struct}` the fields of the struct in place, last in the frame, its optional fields following; JSON: fields of the frame itself
 */
import { clientFrames } from './schema-client.ts';
import { linkFrames } from './schema-link.ts';
import { serverFrames } from './schema-server.ts';
import type { FrameDefinition } from './schema-types.ts';

export { errorCodes } from './schema-codes.ts';
export { structs } from './schema-structs.ts';
export type { Field, FieldType, FrameDefinition, ScalarType, StructName } from './schema-types.ts';

export const protocolVersion = 1;

/** Every frame. Types below 128 are one byte on the wire. */
export const frames: readonly FrameDefinition[] = [...clientFrames, ...serverFrames, ...linkFrames];
