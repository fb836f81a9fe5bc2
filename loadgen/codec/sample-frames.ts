/**
 * One typical frame of each type, for the codec benchmark and the fuzz corpus: ids and times of real size, 100-byte bodies.
 */
import { encodeUtf8, type Frame, type FrameType, newFrame } from '../../core/protocol/index.ts';
import { type Field, type FrameDefinition, frames, type StructName, structs } from '../../core/protocol/schema.ts';

type Members = Record<string, unknown>;

const sampleId = 3_456_789_012_345_678;
const sampleTime = 1_795_000_000_000;
const sampleBody = encodeUtf8(
  'See you at eight, in front of the station? I bring the tickets and the map; you bring the umbrella. ok'.slice(0, 100),
);
/** Items of a list: a page of 20 events is what a phone asks for. */
const listItems = 20;

/** Frames of every type; `salt` varies ids and numbers. */
export function sampleFrames(salt: number): readonly Frame[] {
  return frames.map((definition) => sampleFrame(definition, salt));
}

/** A frame of one type. */
export function sampleFrame(definition: FrameDefinition, salt: number): Frame {
  const frame = newFrame(definition.type as FrameType);
  fill(definition.fields, frame as unknown as Members, salt);
  return frame;
}

function fill(fields: readonly Field[], target: Members, salt: number): void {
  for (const field of fields) {
    if (typeof field.type === 'object' && 'struct' in field.type) fill(structs[field.type.struct], target, salt);
    else if (field.tag === undefined) fillOne(field, target, salt);
  }
}

function fillOne(field: Field, target: Members, salt: number): void {
  switch (field.type) {
    case 'varint':
      target[field.name] = /time|At$|issued/i.test(field.name) ? sampleTime + salt : 1000 + (salt % 5000);
      break;
    case 'u8':
      target[field.name] = 1;
      break;
    case 'code':
      target[field.name] = 20;
      break;
    case 'bool':
      target[field.name] = salt % 2 === 1;
      break;
    case 'id53':
      target[field.name] = sampleId + salt;
      break;
    case 'u64':
      target[`${field.name}High`] = 0xdeadbeef - salt;
      target[`${field.name}Low`] = 0x12345678 + salt;
      break;
    case 'conversation':
      target[`${field.name}A`] = sampleId + salt;
      target[`${field.name}B`] = sampleId + salt + 77;
      break;
    case 'string':
      target[field.name] = field.name === 'token' ? 'eyJhbGciOiJIUzI1NiJ9.'.repeat(9) : 'Johanna Mustermann';
      break;
    case 'text':
    case 'bytes':
      target[field.name] = sampleBody;
      break;
    default:
      if ('list' in field.type) {
        const name = field.type.list;
        target[field.name] = Array.from({ length: listItems }, (_, index) => sampleStruct(name, salt + index));
      }
  }
}

function sampleStruct(name: StructName, salt: number): Members {
  const members: Members = {};
  for (const field of structs[name]) {
    if (field.tag === undefined) fillOne(field, members, salt);
    else members[field.name] = field.type === 'bool' ? false : 0;
  }
  return members;
}
