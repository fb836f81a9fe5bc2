/** A well-formed frame of a given type with random values, small and extreme ones mixed. */
import { encodeUtf8, type Frame, type FrameType, newFrame } from '../../core/protocol/index.ts';
import { defaultLimits, type Limits } from '../../core/protocol/limits.ts';
import { type Field, type FrameDefinition, type StructName, structs } from '../../core/protocol/schema.ts';
import type { RandomStream } from '../../sim/random.ts';

type Members = Record<string, unknown>;

const texts = ['', 'a', 'Hello', 'Grüße €', '😀😀', '\0', 'x'.repeat(500), 'ü'.repeat(60)];
const naturals = [0, 1, 2, 7, 127, 128, 255, 256, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
/** Small ids are other frames' ids. */
const smallIds: readonly number[] = Array.from({ length: 50 }, (_, index) => index + 1);
const listItemsMax = 5;

/** @param ids that mean something to the server; most ids are drawn from them. */
export function randomFrame(definition: FrameDefinition, random: RandomStream, ids: readonly number[] = smallIds): Frame {
  const frame = newFrame(definition.type as FrameType);
  fill(definition.fields, frame as unknown as Members, random, ids);
  return frame;
}

function fill(fields: readonly Field[], target: Members, random: RandomStream, ids: readonly number[]): void {
  for (const field of fields) {
    if (typeof field.type === 'object' && 'struct' in field.type) fill(structs[field.type.struct], target, random, ids);
    else if (field.tag === undefined || random.permille(300)) fillOne(field, target, random, ids);
  }
}

function fillOne(field: Field, target: Members, random: RandomStream, ids: readonly number[]): void {
  const { name, type } = field;
  switch (type) {
    case 'varint':
      target[name] = random.permille(500) ? naturals[random.below(naturals.length)] : random.below(2000);
      break;
    case 'u8':
      target[name] = random.permille(700) ? random.between(1, 3) : random.below(256);
      break;
    case 'code':
      target[name] = random.below(60);
      break;
    case 'bool':
      target[name] = random.permille(500);
      break;
    case 'id53':
      target[name] = randomId(random, ids);
      break;
    case 'u64':
      target[`${name}High`] = random.u32();
      target[`${name}Low`] = random.u32();
      break;
    case 'conversation': {
      const [one, other] = [randomId(random, ids), randomId(random, ids)];
      target[`${name}A`] = Math.min(one, other);
      target[`${name}B`] = random.permille(50) ? 0 : Math.max(one, other);
      break;
    }
    case 'string':
      target[name] = randomText(field, random);
      break;
    case 'text':
    case 'bytes':
      target[name] = encodeUtf8(randomText(field, random));
      break;
    default:
      if ('list' in type) {
        const count = random.below(listItemsMax + 1);
        target[name] = Array.from({ length: count }, () => randomStruct(type.list, random, ids));
      }
  }
}

function randomStruct(name: StructName, random: RandomStream, ids: readonly number[]): Members {
  const members: Members = {};
  for (const field of structs[name]) {
    if (field.tag === undefined) fillOne(field, members, random, ids);
    else members[field.name] = field.type === 'bool' ? false : 0;
  }
  return members;
}

function randomId(random: RandomStream, ids: readonly number[]): number {
  return random.permille(800) ? ids[random.below(ids.length)] : random.id53();
}

function randomText(field: Field, random: RandomStream): string {
  const max = field.max === undefined ? 1000 : defaultLimits[field.max as keyof Limits];
  const text = texts[random.below(texts.length)];
  return encodeUtf8(text).length <= max ? text : '';
}
