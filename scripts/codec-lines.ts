/**
 * The lines of generated code that belong to one field: its members, how it is written and how it is read.
 */
import { type Field, type StructName, structs } from '../core/protocol/schema.ts';

// ---- members

export function memberLines(field: Field): string[] {
  const doc = `  /** ${field.doc} */`;
  switch (field.type) {
    case 'u64':
      return [doc, `  ${field.name}High: number;`, `  ${field.name}Low: number;`];
    case 'conversation':
      return [doc, `  ${field.name}A: number;`, `  ${field.name}B: number;`];
    case 'bool':
      return [doc, `  ${field.name}: boolean;`];
    case 'string':
      return [doc, `  ${field.name}: string;`];
    case 'text':
    case 'bytes':
      return [doc, `  ${field.name}: Uint8Array;`];
    case 'varint':
    case 'u8':
    case 'id53':
    case 'code':
      return [doc, `  ${field.name}: number;`];
    default:
      return [doc, `  ${field.name}: ${structType(listOf(field))}[];`];
  }
}

export function initialMembers(field: Field): string[] {
  switch (field.type) {
    case 'u64':
      return [`${field.name}High: 0`, `${field.name}Low: 0`];
    case 'conversation':
      return [`${field.name}A: 0`, `${field.name}B: 0`];
    case 'bool':
      return [`${field.name}: false`];
    case 'string':
      return [`${field.name}: ''`];
    case 'text':
    case 'bytes':
      return [`${field.name}: noBytes`];
    case 'varint':
    case 'u8':
    case 'id53':
    case 'code':
      return [`${field.name}: 0`];
    default:
      return [`${field.name}: []`];
  }
}

// ---- writing

export function writeLines(field: Field, indent: string): string[] {
  const member = `f.${field.name}`;
  switch (field.type) {
    case 'u64':
      return [`${indent}w.u64(${member}High, ${member}Low);`];
    case 'conversation':
      return [`${indent}w.id53(${member}A);`, `${indent}w.id53(${member}B);`];
    case 'bool':
      return [`${indent}w.u8(${member} ? 1 : 0);`];
    case 'string':
      return [`${indent}w.string(${member});`];
    case 'text':
      return [`${indent}w.text(${member});`];
    case 'bytes':
      return [`${indent}w.blob(${member});`];
    case 'varint':
    case 'code':
      return [`${indent}w.varint(${member});`];
    case 'u8':
      return [`${indent}w.u8(${member});`];
    case 'id53':
      return [`${indent}w.id53(${member});`];
    default: {
      const name = listOf(field);
      const reserved = structs[name].some((part) => part.type === 'text' || part.type === 'bytes') ? 2 : 1;
      return [
        `${indent}w.varint(${member}.length);`,
        `${indent}for (const item of ${member}) {`,
        `${indent}  const mark = w.openLength(${reserved});`,
        `${indent}  write${structType(name)}(w, item);`,
        `${indent}  w.closeLength(mark, ${reserved});`,
        `${indent}}`,
      ];
    }
  }
}

/** An optional field is left out when it has its zero value. */
export function writeOptionalLines(field: Field): string[] {
  return [
    `  if (${presence(field)}) {`,
    `    w.varint(${field.tag});`,
    '    const mark = w.openLength(1);',
    ...writeLines(field, '    '),
    '    w.closeLength(mark, 1);',
    '  }',
  ];
}

function presence(field: Field): string {
  const member = `f.${field.name}`;
  switch (field.type) {
    case 'u64':
      return `${member}High !== 0 || ${member}Low !== 0`;
    case 'conversation':
      return `${member}A !== 0`;
    case 'bool':
      return member;
    case 'string':
    case 'text':
    case 'bytes':
      return `${member}.length !== 0`;
    case 'varint':
    case 'u8':
    case 'id53':
    case 'code':
      return `${member} !== 0`;
    default:
      return `${member}.length !== 0`;
  }
}

// ---- reading

export function readLines(field: Field, indent: string): string[] {
  const member = `f.${field.name}`;
  const max = field.max === undefined ? 'r.limits.linkFrameBytesMax' : `r.limits.${field.max}`;
  switch (field.type) {
    case 'u64':
      return [`${indent}r.u64();`, `${indent}${member}High = r.high;`, `${indent}${member}Low = r.low;`];
    case 'conversation':
      return [`${indent}${member}A = r.id53();`, `${indent}${member}B = r.secondId(${member}A);`];
    case 'bool':
      return [`${indent}${member} = r.bool();`];
    case 'string':
      return [`${indent}${member} = r.string(${max});`];
    case 'text':
      return [`${indent}${member} = r.text(${max});`];
    case 'bytes':
      return [`${indent}${member} = r.blob(${max});`];
    case 'varint':
    case 'code':
      return [`${indent}${member} = r.varint();`];
    case 'u8':
      return [`${indent}${member} = r.u8();`];
    case 'id53':
      return [`${indent}${member} = r.${field.zero === true ? 'id53OrZero' : 'id53'}();`];
    default: {
      const type = structType(listOf(field));
      const count = `${field.name}Count`;
      return [
        `${indent}const ${count} = r.count(${max});`,
        `${indent}${member} = [];`,
        `${indent}for (let index = 0; index < ${count} && r.failure === ''; index++) {`,
        `${indent}  const item = new${type}();`,
        `${indent}  const outer = r.enter();`,
        `${indent}  read${type}(r, item);`,
        `${indent}  r.leave(outer);`,
        `${indent}  ${member}.push(item);`,
        `${indent}}`,
      ];
    }
  }
}

export function readOptionalLines(fields: readonly Field[]): string[] {
  if (fields.length === 0) return ['  return r.finish();'];
  return [
    ...fields.flatMap((field) => initialMembers(field).map((member) => `  f.${member.replace(': ', ' = ')};`)),
    '  let tag = r.tag(0);',
    '  while (tag !== 0) {',
    '    const outer = r.enter();',
    '    switch (tag) {',
    ...fields.flatMap((field) => [`      case ${field.tag}:`, ...readLines(field, '        '), '        break;']),
    '      default:',
    '        r.skip();',
    '    }',
    '    r.leave(outer);',
    '    tag = r.tag(tag);',
    '  }',
    "  return r.failure === '';",
  ];
}

// ---- helpers

/** Puts the fields of a `{struct}` in its place. */
export function flatten(fields: readonly Field[]): readonly Field[] {
  const flat = fields.flatMap((field) => (typeof field.type === 'object' && 'struct' in field.type ? structs[field.type.struct] : [field]));
  const names = flat.map((field) => field.name);
  const doubled = names.find((name, index) => names.indexOf(name) !== index);
  if (doubled !== undefined) throw new Error(`field ${doubled} twice`);
  const tags = flat.filter(isOptional).map((field) => field.tag ?? 0);
  if (tags.some((tag, index) => index > 0 && tag <= tags[index - 1])) throw new Error('tags must ascend');
  return flat;
}

function listOf(field: Field): StructName {
  if (typeof field.type === 'object' && 'list' in field.type) return field.type.list;
  throw new Error(`field ${field.name} is no list`);
}

export function structNames(name: StructName): string[] {
  const type = structType(name);
  return [type, `new${type}`, `read${type}`, `write${type}`];
}

function structType(name: StructName): string {
  return `${name}Struct`;
}

export function usesBytes(fields: readonly Field[]): boolean {
  return fields.some((field) => field.type === 'text' || field.type === 'bytes');
}

export function isRequired(field: Field): boolean {
  return field.tag === undefined;
}

export function isOptional(field: Field): boolean {
  return field.tag !== undefined;
}

export function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
