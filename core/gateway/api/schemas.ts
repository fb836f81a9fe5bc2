/** The shapes of the HTTP API's parameters, bodies and answers. */
import { z } from 'zod';
import { conversationFromText } from '../../protocol/json-fields.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { utf8Length, wellFormed } from '../../protocol/utf8.ts';

const idMax = Number.MAX_SAFE_INTEGER;

export const noFields = z.object({});
export const idSchema = z.int().min(1).max(idMax);
export const seqSchema = z.int().min(1).max(idMax);
/** A number in a path or a query. */
const numberText = z.string().regex(/^[0-9]{1,16}$/, 'must be a whole number');
export const idTextSchema = numberText.transform(Number).pipe(idSchema);
export const seqTextSchema = numberText.transform(Number).pipe(seqSchema);
export const watermarkTextSchema = numberText.transform(Number).pipe(z.int().min(0).max(idMax));
export const u64Schema = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,19})$/, 'must be an unsigned 64-bit number as a decimal string')
  .refine((text) => BigInt(text) < 1n << 64n, 'must be below 2^64')
  .describe('unsigned 64 bits as a decimal string');

export const conversationTextSchema = z
  .string()
  .refine((text) => conversationFromText(text) !== null, 'must be "A-B", the lower user id first')
  .describe('"A-B": the ids of both users, the lower first');

export const nameSchema = z
  .string()
  .min(1)
  .refine((name) => wellFormed(name) && utf8Length(name) <= defaultLimits.nameBytesMax, `at most ${defaultLimits.nameBytesMax} bytes`);

export const textSchema = z
  .string()
  .refine(wellFormed, 'has a lone surrogate')
  .describe(`text, at most ${defaultLimits.bodyBytesMax} bytes of UTF-8`);

export const eventSchema = z
  .object({
    seq: seqSchema.describe('position in the conversation: 1, 2, 3, …'),
    messageNo: z.int().min(0).describe('number of messages up to this event'),
    authorNo: z.int().min(0).describe('number of messages of its author up to this event'),
    timestamp: z.int().min(0).describe('ms since 1970'),
    kind: z.enum(['message', 'edit', 'deletion']),
    author: idSchema,
    senderId: u64Schema,
    clientSeq: z.int().min(0),
    sendId: u64Schema,
    body: z.string(),
    target: z.int().optional().describe('edit, deletion: seq of the message they change'),
    editSeq: z.int().optional().describe('message: seq of the last edit or deletion of it'),
    deleted: z.boolean().optional(),
    replyTo: z.int().optional(),
  })
  .describe('an event of a conversation');

export const acceptedSchema = z.object({
  conversation: z.string(),
  seq: seqSchema.describe('position of the event, now and for ever'),
});

export const queuedSchema = z.object({
  conversation: z.string(),
  queued: idSchema.describe('its number in the failed-request log of this node'),
});

export const userSchema = z.object({ id: idSchema, name: z.string() });

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('name of a protocol code, or of HTTP'),
    retryAfterMs: z.int().optional(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    expected: z.int().optional().describe('gap: the clientSeq that is due'),
  })
  .describe('RFC 9457');
