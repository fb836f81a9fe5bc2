/** What a definition of the schema consists of; schema.ts says what the field types mean on the wire. */

export type ScalarType = 'varint' | 'u8' | 'bool' | 'id53' | 'u64' | 'conversation' | 'string' | 'text' | 'bytes' | 'code';
export type FieldType = ScalarType | { readonly list: StructName } | { readonly struct: StructName };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly doc: string;
  /** Present: an optional field with this tag; absent in a frame it reads as 0, '' or empty. */
  readonly tag?: number;
  /** Longest allowed `string`, `text` or `bytes` in bytes, or most items of a list: a name in limits.ts. */
  readonly max?: string;
  /** `id53` only: 0 is allowed. */
  readonly zero?: boolean;
}

export interface FrameDefinition {
  readonly type: number;
  readonly name: string;
  /** Who sends it: a client, a server, or a node to another over a link. */
  readonly from: 'client' | 'server' | 'link';
  readonly doc: string;
  readonly fields: readonly Field[];
}

export type StructName = 'Event' | 'Entry' | 'Watermark' | 'SyncItem' | 'UserName';

/** A field of a frame or struct. */
export const field = (name: string, type: FieldType, doc: string, more: Partial<Field> = {}): Field => ({ name, type, doc, ...more });
