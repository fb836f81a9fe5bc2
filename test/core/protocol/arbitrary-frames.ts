// Goal: arbitrary well-formed frames of every type, drawn from the schema, for property tests and the fuzz tests of the codec.
import fc from 'fast-check';
import { encodeUtf8, type Frame, FrameType, newFrame } from '../../../core/protocol/index.ts';
import { defaultLimits, type Limits } from '../../../core/protocol/limits.ts';
import { type Field, frames, type StructName, structs } from '../../../core/protocol/schema.ts';

type Members = Readonly<Record<string, unknown>>;

const id = fc.oneof(fc.maxSafeNat(), fc.integer({ min: 1, max: 300 }), fc.constant(Number.MAX_SAFE_INTEGER)).map((n) => Math.max(1, n));
const natural = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc.constantFrom(0, 127, 128, 16383, 16384, 2 ** 28 - 1, 2 ** 28, 2 ** 32 - 1, 2 ** 32, 2 ** 49, Number.MAX_SAFE_INTEGER),
);
const word = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 1, 0x8000_0000, 0xffff_ffff));

/** Frames of one type; flat objects with the members in the schema's order. */
export function arbitraryFrame(name: keyof typeof FrameType): fc.Arbitrary<Frame> {
  const definition = frames.find((frame) => frame.name === name);
  if (definition === undefined) throw new Error(`no frame ${name}`);
  const empty = newFrame(FrameType[name]);
  return arbitraryMembers(definition.fields).map((members) => ({ ...empty, ...members }) as Frame);
}

export const anyFrame: fc.Arbitrary<Frame> = fc.oneof(...frames.map((frame) => arbitraryFrame(frame.name as keyof typeof FrameType)));

function arbitraryMembers(fields: readonly Field[]): fc.Arbitrary<Members> {
  return fc.tuple(...fields.map(arbitraryMember)).map((parts) => Object.assign({}, ...parts) as Members);
}

function arbitraryMember(field: Field): fc.Arbitrary<Members> {
  const named = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Members> => value.map((drawn) => ({ [field.name]: drawn }));
  const max = field.max === undefined ? 0 : defaultLimits[field.max as keyof Limits];
  const text = fc.string({ unit: 'binary', maxLength: Math.floor(Math.min(max, 200) / 4) });
  switch (field.type) {
    case 'varint':
      return named(natural);
    case 'code':
      return named(fc.oneof(fc.constantFrom(0, 1, 20, 40, 54), natural));
    case 'u8':
      return named(fc.nat(255));
    case 'bool':
      return named(fc.boolean());
    case 'id53':
      return named(field.zero === true ? fc.oneof(id, fc.constant(0)) : id);
    case 'u64':
      return fc.tuple(word, word).map(([high, low]) => ({ [`${field.name}High`]: high, [`${field.name}Low`]: low }));
    case 'conversation':
      return fc
        .tuple(id, id, fc.boolean())
        .map(([a, b, group]) => ({ [`${field.name}A`]: group ? a : Math.min(a, b), [`${field.name}B`]: group ? 0 : Math.max(a, b) }));
    case 'string':
      return named(text);
    case 'text':
      return named(text.map(encodeUtf8));
    case 'bytes':
      return named(fc.uint8Array({ maxLength: 200 }));
    default:
      if ('struct' in field.type) return arbitraryMembers(structs[field.type.struct]);
      return named(fc.array(arbitraryStruct(field.type.list), { maxLength: Math.min(max, 5) }));
  }
}

function arbitraryStruct(name: StructName): fc.Arbitrary<Members> {
  return arbitraryMembers(structs[name]);
}
