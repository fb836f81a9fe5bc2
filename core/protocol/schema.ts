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

export const protocolVersion = 1;

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

const field = (name: string, type: FieldType, doc: string, more: Partial<Field> = {}): Field => ({ name, type, doc, ...more });

/** Structs: parts of frames, and (Event, Entry) the very bytes that stand in store rows behind the version byte. */
export const structs: Readonly<Record<StructName, readonly Field[]>> = {
  Event: [
    field('seq', 'varint', 'position in the conversation: 1, 2, 3, … without a hole'),
    field('messageNo', 'varint', 'number of messages up to and with this event; unread counts are differences of it'),
    field('timestamp', 'varint', 'ms since 1970 by the home owner; never goes back within a conversation'),
    field('kind', 'u8', '1 message, 2 edit, 3 deletion'),
    field('author', 'id53', 'user who sent it'),
    field('senderId', 'u64', 'outbox it came from'),
    field('clientSeq', 'varint', 'number within that outbox; 0: sent by HTTP with an Idempotency-Key'),
    field('sendId', 'u64', 'the random word of this send: only an equal one resolves an outbox entry'),
    field('body', 'text', 'message or edited text; empty for a deletion and a deleted message', { max: 'bodyBytesMax' }),
    field('target', 'varint', 'edit and deletion: seq of the message they change', { tag: 1 }),
    field('editSeq', 'varint', 'message: seq of the last edit or deletion that changed this row', { tag: 2 }),
    field('deleted', 'bool', 'message: it was deleted, the body is gone', { tag: 3 }),
    field('replyTo', 'varint', 'message: seq of the message it answers', { tag: 4 }),
  ],
  Entry: [
    field('conversation', 'conversation', 'whose log it speaks of'),
    field('lastSeq', 'varint', 'highest seq known to the inbox'),
    field('lastMessageNo', 'varint', 'messageNo at lastSeq'),
    field('lastTimestamp', 'varint', 'timestamp at lastSeq: the list is ordered by it'),
    field('readSeq', 'varint', 'own read watermark'),
    field('readMessageNo', 'varint', 'messageNo at readSeq: unread = lastMessageNo - readMessageNo'),
    field('flags', 'varint', 'bit 0 muted, bit 1 archived, bit 2 blocked by me'),
    field('epoch', 'varint', 'version: epoch of the durable batch that holds the entry; 0: not yet durable'),
    field('batch', 'varint', 'version: number of that batch'),
  ],
  Watermark: [
    field('user', 'id53', 'member'),
    field('delivered', 'varint', 'every event up to here reached a device of the member'),
    field('read', 'varint', 'every event up to here was read'),
  ],
  SyncItem: [field('conversation', 'conversation', 'to catch up'), field('afterSeq', 'varint', 'last seq the device has; 0: none')],
  UserName: [field('user', 'id53', 'user id'), field('name', 'string', 'its name; empty: no such user', { max: 'nameBytesMax' })],
};

const identity: readonly Field[] = [
  field('conversation', 'conversation', 'of the send'),
  field('senderId', 'u64', 'of the send'),
  field('clientSeq', 'varint', 'of the send'),
  field('sendId', 'u64', 'of the send'),
];

export const frames: readonly FrameDefinition[] = [
  // ---- client to server
  {
    type: 1,
    name: 'hello',
    from: 'client',
    doc: 'First frame of a connection: who speaks, and how far its store is. Answered by `welcome`, entries, `bookmark`, `live`; or `error` and close.',
    fields: [
      field('protocol', 'varint', 'protocol version, 1'),
      field('token', 'string', 'JWT', { max: 'tokenBytesMax' }),
      field('deviceId', 'id53', 'random, made at install'),
      field('tabId', 'id53', 'random, new at each start of a tab or program'),
      field('attempt', 'varint', 'counts connections of this (device, tab): a lower one never replaces a higher one'),
      field('storeId', 'u64', 'store the cursors below belong to; 0: none'),
      field('epoch', 'varint', 'inbox version: last stored bookmark; 0: none'),
      field('batch', 'varint', 'inbox version: last stored bookmark'),
    ],
  },
  {
    type: 2,
    name: 'auth',
    from: 'client',
    doc: 'Renews the token in place; the user must be the same. Answered by `authorized` or `error`.',
    fields: [field('token', 'string', 'JWT', { max: 'tokenBytesMax' })],
  },
  {
    type: 3,
    name: 'send',
    from: 'client',
    doc: 'One send of an outbox. Answered by exactly one of `accepted`, `rejected` (outcomes), `retry`, `counterConflict`, `expired`, `refused`.',
    fields: [
      field('conversation', 'conversation', 'where to; a direct one comes into being with its first event'),
      field('senderId', 'u64', 'the outbox, leased by one tab'),
      field('clientSeq', 'varint', '1, 2, 3, … within (conversation, user, senderId); 0 only with idempotencyKey'),
      field('sendId', 'u64', '64 random bits, the same for every attempt of this send'),
      field('kind', 'u8', '1 message, 2 edit, 3 deletion'),
      field('body', 'text', 'text; empty for a deletion', { max: 'bodyBytesMax' }),
      field('target', 'varint', 'edit and deletion: seq of the message', { tag: 1 }),
      field('replyTo', 'varint', 'message: seq of the message it answers', { tag: 2 }),
      field('idempotencyKey', 'string', 'HTTP only: (user, key) gives at most one event for 7 days', {
        tag: 3,
        max: 'idempotencyKeyBytesMax',
      }),
    ],
  },
  {
    type: 4,
    name: 'ack',
    from: 'client',
    doc: 'Everything up to `seq` is stored on this device. Repeated until `ackConfirmed`.',
    fields: [field('conversation', 'conversation', 'which'), field('seq', 'varint', 'watermark')],
  },
  {
    type: 5,
    name: 'read',
    from: 'client',
    doc: 'Everything up to `seq` was read. Repeated until `readConfirmed` came from both homes.',
    fields: [
      field('conversation', 'conversation', 'which'),
      field('seq', 'varint', 'watermark'),
      field('messageNo', 'varint', 'messageNo of the event at `seq`'),
    ],
  },
  {
    type: 6,
    name: 'sync',
    from: 'client',
    doc: 'Catches up several conversations; each item is answered by one `page` (afterSeq + 1 and up).',
    fields: [
      field('requestId', 'varint', 'comes back in the pages'),
      field('limit', 'varint', 'most events a page; at most pageEventsMax'),
      field('bytesMax', 'varint', "most bytes of events a page; 0: the server's own limit"),
      field('items', { list: 'SyncItem' }, 'conversations', { max: 'syncItemsMax' }),
    ],
  },
  {
    type: 7,
    name: 'history',
    from: 'client',
    doc: 'Reads a page of a log. Answered by `page`.',
    fields: [
      field('requestId', 'varint', 'comes back in the page'),
      field('conversation', 'conversation', 'which'),
      field('fromSeq', 'varint', 'older: events with seq < fromSeq (0: from the end); newer: events with seq > fromSeq'),
      field('newer', 'bool', 'direction'),
      field('limit', 'varint', 'most events; at most pageEventsMax'),
      field('bytesMax', 'varint', "most bytes of events; 0: the server's own limit"),
    ],
  },
  {
    type: 8,
    name: 'list',
    from: 'client',
    doc: 'Own conversations by recency. Answered by `entries`.',
    fields: [
      field('requestId', 'varint', 'comes back'),
      field('beforeTimestamp', 'varint', 'only entries with a lower lastTimestamp; 0: from the newest'),
      field('limit', 'varint', 'most entries; at most listEntriesMax'),
    ],
  },
  {
    type: 9,
    name: 'lookup',
    from: 'client',
    doc: 'Finds a user by name. Answered by `userNames` (user 0: none).',
    fields: [field('requestId', 'varint', 'comes back'), field('name', 'string', 'exact name', { max: 'nameBytesMax' })],
  },
  {
    type: 10,
    name: 'names',
    from: 'client',
    doc: 'Names of users by id. Each is answered by one `userNames`.',
    fields: [
      field('requestId', 'varint', 'comes back'),
      field('users', { list: 'UserName' }, 'ids; names empty', { max: 'namesItemsMax' }),
    ],
  },
  {
    type: 11,
    name: 'typing',
    from: 'client',
    doc: 'The user is typing; repeated at most each typingRepeatMs. Lost without harm.',
    fields: [field('conversation', 'conversation', 'where')],
  },
  {
    type: 12,
    name: 'block',
    from: 'client',
    doc: 'Blocks or unblocks the peer of a direct conversation. Answered by `done` or `failed`.',
    fields: [
      field('requestId', 'varint', 'comes back'),
      field('conversation', 'conversation', 'direct'),
      field('blocked', 'bool', 'wanted state'),
    ],
  },
  { type: 13, name: 'ping', from: 'client', doc: 'Answered by `pong`; a connection silent for idleMs is closed.', fields: [] },
  { type: 14, name: 'goodbye', from: 'client', doc: 'The client leaves on purpose; the server closes.', fields: [] },
  {
    type: 15,
    name: 'flag',
    from: 'client',
    doc: 'Sets own flags of a conversation (mute, archive). Answered by `done` or `failed`.',
    fields: [
      field('requestId', 'varint', 'comes back'),
      field('conversation', 'conversation', 'which'),
      field('flags', 'varint', 'bit 0 muted, bit 1 archived'),
    ],
  },

  // ---- server to client
  {
    type: 32,
    name: 'welcome',
    from: 'server',
    doc: 'The hello was taken. The client compares storeId before it sends any ack: another one than its own → it clears its cursors first.',
    fields: [
      field('protocol', 'varint', 'protocol version'),
      field('storeId', 'u64', 'random word of the store, renewed by a restore'),
      field('user', 'id53', 'user of the token'),
      field('name', 'string', 'its name', { max: 'nameBytesMax' }),
      field('serverTime', 'varint', 'ms since 1970'),
      field('pingMs', 'varint', 'send a ping when nothing was sent for so long'),
      field('tokenExpiresAt', 'varint', 'ms since 1970; renew with `auth` before'),
      field('bodyBytesMax', 'varint', 'longest body'),
    ],
  },
  {
    type: 33,
    name: 'event',
    from: 'server',
    doc: 'A live event. Shown if seq = last + 1, else what is missing is fetched first.',
    fields: [field('conversation', 'conversation', 'where'), field('event', { struct: 'Event' }, 'the event')],
  },
  {
    type: 34,
    name: 'entry',
    from: 'server',
    doc: "An inbox entry that changed (or, after hello, is newer than the client's version).",
    fields: [field('entry', { struct: 'Entry' }, 'the entry')],
  },
  {
    type: 35,
    name: 'bookmark',
    from: 'server',
    doc: 'Every entry with a version ≤ this was sent to this session, as event or as entry. Stored after them.',
    fields: [field('epoch', 'varint', 'version'), field('batch', 'varint', 'version'), field('storeId', 'u64', 'store it belongs to')],
  },
  {
    type: 36,
    name: 'live',
    from: 'server',
    doc: 'End of a resume: registration complete, live from here on; ends `lagging`. Ask again for watermarks you show.',
    fields: [],
  },
  {
    type: 37,
    name: 'lagging',
    from: 'server',
    doc: 'This device was too slow: live frames were left out; the resume follows.',
    fields: [],
  },
  {
    type: 38,
    name: 'accepted',
    from: 'server',
    doc: 'Outcome: durable at this seq.',
    fields: [
      ...identity,
      field('seq', 'varint', 'its position'),
      field('messageNo', 'varint', 'its message number'),
      field('timestamp', 'varint', 'its time'),
    ],
  },
  {
    type: 39,
    name: 'rejected',
    from: 'server',
    doc: 'Outcome: durably refused; never in the log.',
    fields: [...identity, field('code', 'code', 'blocked, notAuthor, noSuchTarget, …')],
  },
  {
    type: 40,
    name: 'retry',
    from: 'server',
    doc: 'No outcome yet: send the same again.',
    fields: [
      ...identity,
      field('code', 'code', 'busy, unavailable, gap, moved, delayed'),
      field('retryAfterMs', 'varint', 'wait so long'),
      field('expected', 'varint', 'gap: the clientSeq that is due'),
    ],
  },
  {
    type: 41,
    name: 'counterConflict',
    from: 'server',
    doc: 'This number was used for another send (a restored backup): this send alone goes on under a new senderId.',
    fields: identity,
  },
  {
    type: 42,
    name: 'expired',
    from: 'server',
    doc: 'Older than the window: look in the log for the sendId; not found up to the head = never accepted.',
    fields: identity,
  },
  {
    type: 43,
    name: 'refused',
    from: 'server',
    doc: 'No outcome and no state: go on under a new senderId, or tell the user.',
    fields: [...identity, field('code', 'code', 'notMember, noSuchUser, tooLarge, …')],
  },
  {
    type: 44,
    name: 'receipt',
    from: 'server',
    doc: 'Watermarks of a member rose. They never go back.',
    fields: [field('conversation', 'conversation', 'where'), field('watermark', { struct: 'Watermark' }, 'whose and how far')],
  },
  {
    type: 45,
    name: 'ackConfirmed',
    from: 'server',
    doc: 'The delivered watermark is durable at least up to `seq`.',
    fields: [
      field('conversation', 'conversation', 'where'),
      field('seq', 'varint', 'watermark'),
      field('epoch', 'varint', 'epoch of the home: another one than before → repeat unconfirmed acks'),
    ],
  },
  {
    type: 46,
    name: 'readConfirmed',
    from: 'server',
    doc: 'A read watermark is durable in one of its two homes.',
    fields: [
      field('conversation', 'conversation', 'where'),
      field('seq', 'varint', 'watermark'),
      field('inbox', 'bool', 'false: conversation, true: own inbox'),
    ],
  },
  {
    type: 47,
    name: 'undelivered',
    from: 'server',
    doc: 'Advice: the recipient had no device on line. Dropped if seq ≤ its delivered watermark.',
    fields: [field('conversation', 'conversation', 'where'), field('seq', 'varint', 'up to which event')],
  },
  {
    type: 48,
    name: 'page',
    from: 'server',
    doc: "Part of a log, seq ascending, without a hole, and the conversation's watermarks.",
    fields: [
      field('requestId', 'varint', 'of the request'),
      field('conversation', 'conversation', 'which'),
      field('code', 'code', 'ok; or reset (afterSeq beyond the head: clear the cursor), notMember, busy, unavailable, moved'),
      field('headSeq', 'varint', 'durable last seq'),
      field('headMessageNo', 'varint', 'messageNo at headSeq'),
      field('more', 'bool', 'further events lie in the direction asked'),
      field('watermarks', { list: 'Watermark' }, 'of all members (direct: two)', { max: 'watermarksMax' }),
      field('events', { list: 'Event' }, 'the events', { max: 'pageEventsMax' }),
      field('blockedBy', 'varint', 'bit 0: the lower user blocks, bit 1: the upper', { tag: 1 }),
    ],
  },
  {
    type: 49,
    name: 'entries',
    from: 'server',
    doc: 'Part of the own inbox, newest first.',
    fields: [
      field('requestId', 'varint', 'of the request'),
      field('code', 'code', 'ok, busy, unavailable'),
      field('more', 'bool', 'older ones exist'),
      field('entries', { list: 'Entry' }, 'entries', { max: 'listEntriesMax' }),
    ],
  },
  {
    type: 50,
    name: 'userNames',
    from: 'server',
    doc: 'Answer to `lookup` and `names`.',
    fields: [
      field('requestId', 'varint', 'of the request'),
      field('code', 'code', 'ok, busy, unavailable'),
      field('user', 'id53', 'id; 0: no such user', { zero: true }),
      field('name', 'string', 'name', { max: 'nameBytesMax' }),
    ],
  },
  {
    type: 51,
    name: 'typingNotice',
    from: 'server',
    doc: 'A member is typing; shown for typingShownMs.',
    fields: [field('conversation', 'conversation', 'where'), field('user', 'id53', 'who')],
  },
  {
    type: 52,
    name: 'done',
    from: 'server',
    doc: 'A request took effect, durably.',
    fields: [field('requestId', 'varint', 'of the request')],
  },
  {
    type: 53,
    name: 'failed',
    from: 'server',
    doc: 'A request did not take effect.',
    fields: [
      field('requestId', 'varint', 'of the request'),
      field('code', 'code', 'why'),
      field('retryAfterMs', 'varint', '0: do not repeat'),
    ],
  },
  {
    type: 54,
    name: 'authorized',
    from: 'server',
    doc: 'The new token holds.',
    fields: [field('tokenExpiresAt', 'varint', 'ms since 1970')],
  },
  {
    type: 55,
    name: 'goaway',
    from: 'server',
    doc: 'The node drains: connect again after this time.',
    fields: [field('reconnectAfterMs', 'varint', 'jittered by the server')],
  },
  {
    type: 56,
    name: 'error',
    from: 'server',
    doc: 'The connection ends for this reason.',
    fields: [
      field('code', 'code', 'see the table of codes'),
      field('message', 'string', 'for people', { max: 'errorMessageBytesMax' }),
      field('retryAfterMs', 'varint', 'reconnect not before; 0: as you like'),
    ],
  },
  { type: 57, name: 'pong', from: 'server', doc: 'Answer to `ping`.', fields: [] },

  // ---- between nodes (links); inner frames travel as their own bytes and are never encoded again
  {
    type: 96,
    name: 'register',
    from: 'link',
    doc: 'Edge to user owner: a session, or a session again after a loss. A registration dies with its link.',
    fields: [
      field('session', 'varint', "edge's number of the session"),
      field('registration', 'varint', 'rises with each registration of a session'),
      field('user', 'id53', 'who'),
      field('deviceId', 'id53', 'device'),
      field('tabId', 'id53', 'tab'),
      field('attempt', 'varint', 'from hello'),
      field('epoch', 'varint', "last bookmark passed to that session, or the client's own"),
      field('batch', 'varint', 'same'),
      field('issuedAt', 'varint', 'when the token was issued, ms'),
    ],
  },
  {
    type: 97,
    name: 'unregister',
    from: 'link',
    doc: 'Edge to user owner: the session is gone.',
    fields: [field('session', 'varint', 'which'), field('registration', 'varint', 'which'), field('user', 'id53', 'who')],
  },
  {
    type: 98,
    name: 'toHome',
    from: 'link',
    doc: 'Edge to home owner: a client frame (send, ack, read, history, typing, block) of a session.',
    fields: [
      field('session', 'varint', 'which; answers go there'),
      field('user', 'id53', 'user of the token'),
      field('frame', 'bytes', 'client frame', { max: 'frameBytesMax' }),
    ],
  },
  {
    type: 99,
    name: 'toUser',
    from: 'link',
    doc: 'Edge to user owner: a client frame (read, list, lookup, names, flag) of a session. `about`: the user whose owner is meant.',
    fields: [
      field('session', 'varint', 'which; answers go there'),
      field('user', 'id53', 'user of the token'),
      field('about', 'id53', 'whose data'),
      field('frame', 'bytes', 'client frame', { max: 'frameBytesMax' }),
    ],
  },
  {
    type: 100,
    name: 'toSession',
    from: 'link',
    doc: 'Owner to edge: a server frame for a session. registration 0: an answer, taken as long as the session lives; else only from the newest registration.',
    fields: [
      field('session', 'varint', 'which'),
      field('registration', 'varint', 'from which registration'),
      field('frame', 'bytes', 'server frame', { max: 'linkFrameBytesMax' }),
    ],
  },
  {
    type: 101,
    name: 'endSession',
    from: 'link',
    doc: 'Owner to edge: close this session (replaced by a higher attempt, or ended).',
    fields: [
      field('session', 'varint', 'which'),
      field('registration', 'varint', 'which'),
      field('code', 'code', 'superseded, lowerAttempt, sessionEnded'),
    ],
  },
  {
    type: 102,
    name: 'deliver',
    from: 'link',
    doc: 'Home owner to user owner: an event is durable; tell the sessions, raise the inbox entry, confirm.',
    fields: [
      field('conversation', 'conversation', 'where'),
      field('users', 'u8', 'bit 0: for the lower user, bit 1: for the upper; both only when one node owns both'),
      field('homeEpoch', 'varint', 'of the home slot'),
      field('homeBatch', 'varint', 'batch that holds the event'),
      field('entryWritten', 'bool', "the lower user's inbox entry is in the event's own batch"),
      field('again', 'bool', 'told before: sessions are told again, too'),
      field('originSession', 'varint', 'session that sent it, 0: none'),
      field('event', { struct: 'Event' }, 'the event'),
    ],
  },
  {
    type: 103,
    name: 'confirm',
    from: 'link',
    doc: "User owner to home owner: the member's inbox entry is durable up to `seq`.",
    fields: [
      field('conversation', 'conversation', 'where'),
      field('user', 'id53', 'member'),
      field('seq', 'varint', 'up to here'),
      field('pushWanted', 'bool', 'the user has push registrations'),
    ],
  },
  {
    type: 104,
    name: 'offline',
    from: 'link',
    doc: 'User owner to home owner: warm, and no session of the member at an instant after acceptance of `seq`.',
    fields: [field('conversation', 'conversation', 'where'), field('user', 'id53', 'member'), field('seq', 'varint', 'up to here')],
  },
  {
    type: 105,
    name: 'tell',
    from: 'link',
    doc: 'Home owner to user owner: pass this server frame to all live sessions of the user (receipt, undelivered, typingNotice).',
    fields: [field('user', 'id53', 'who'), field('frame', 'bytes', 'server frame', { max: 'frameBytesMax' })],
  },
  {
    type: 106,
    name: 'askUser',
    from: 'link',
    doc: 'Home owner to user owner: does this user exist?',
    fields: [field('conversation', 'conversation', 'which waits'), field('user', 'id53', 'who')],
  },
  {
    type: 107,
    name: 'userExists',
    from: 'link',
    doc: 'Answer to `askUser`.',
    fields: [
      field('conversation', 'conversation', 'which waits'),
      field('user', 'id53', 'who'),
      field('code', 'code', 'ok, noSuchUser, busy, unavailable'),
    ],
  },
  {
    type: 108,
    name: 'login',
    from: 'link',
    doc: 'Edge to names owner: the user of an external name; made with `newUser` if allowed.',
    fields: [
      field('session', 'varint', 'which waits'),
      field('name', 'string', 'JWT sub', { max: 'nameBytesMax' }),
      field('newUser', 'id53', 'random id for a new user; 0: do not make one', { zero: true }),
    ],
  },
  {
    type: 109,
    name: 'loggedIn',
    from: 'link',
    doc: 'Answer to `login`.',
    fields: [
      field('session', 'varint', 'which waits'),
      field('user', 'id53', 'id; 0: see code', { zero: true }),
      field('code', 'code', 'ok, noSuchUser, busy, unavailable'),
    ],
  },
  {
    type: 110,
    name: 'createAccount',
    from: 'link',
    doc: 'Names owner to user owner: make the account row.',
    fields: [field('user', 'id53', 'new id'), field('name', 'string', 'its name', { max: 'nameBytesMax' })],
  },
  {
    type: 111,
    name: 'accountCreated',
    from: 'link',
    doc: 'Answer to `createAccount`.',
    fields: [
      field('user', 'id53', 'id'),
      field('name', 'string', 'its name', { max: 'nameBytesMax' }),
      field('code', 'code', 'ok, busy, unavailable; noSuchUser: the id is taken'),
    ],
  },
  {
    type: 112,
    name: 'endSessions',
    from: 'link',
    doc: 'To user owner: end sessions whose token was issued before this instant.',
    fields: [field('user', 'id53', 'who'), field('issuedBefore', 'varint', 'ms since 1970')],
  },
];

/** Codes of answers and closes. Numbers are on the wire: never renumber. `close`: WebSocket close code when it ends a connection. */
export const errorCodes = [
  { number: 0, name: 'ok', doc: 'no error' },
  // outcomes and refusals of sends
  { number: 1, name: 'blocked', doc: 'rejected: the peer blocks you' },
  { number: 2, name: 'notAuthor', doc: 'rejected: only the author edits or deletes' },
  { number: 3, name: 'noSuchTarget', doc: 'rejected: the target is no message of this conversation, or deleted' },
  { number: 10, name: 'notMember', doc: 'refused: you are no member' },
  { number: 11, name: 'noSuchUser', doc: 'refused: the peer does not exist' },
  { number: 12, name: 'tooLarge', doc: 'refused: the body is longer than bodyBytesMax' },
  { number: 13, name: 'badSend', doc: 'refused: unknown kind, empty message, a target where none belongs' },
  { number: 14, name: 'unsupported', doc: 'refused: groups are not served yet' },
  // retry
  { number: 20, name: 'busy', doc: 'a queue is full; come again' },
  { number: 21, name: 'unavailable', doc: 'the store cannot write or read now; come again' },
  { number: 22, name: 'gap', doc: 'a send before this one is missing' },
  { number: 23, name: 'moved', doc: 'another node owns this now' },
  { number: 24, name: 'delayed', doc: 'an earlier attempt is still undecided; come again' },
  { number: 25, name: 'rateLimited', doc: 'too fast; come again' },
  // reads
  { number: 30, name: 'reset', doc: 'your cursor is beyond the log: clear it' },
  // connection
  { number: 40, name: 'malformed', doc: 'a frame could not be read', close: 4400 },
  { number: 41, name: 'tokenInvalid', doc: 'the token does not verify', close: 4401 },
  { number: 42, name: 'tokenExpired', doc: 'get a new token', close: 4402 },
  { number: 43, name: 'helloTimeout', doc: 'no hello in time', close: 4403 },
  { number: 44, name: 'protocolVersion', doc: 'this version is not spoken here', close: 4404 },
  { number: 45, name: 'superseded', doc: 'a newer connection of this tab took over', close: 4405 },
  { number: 46, name: 'lowerAttempt', doc: 'a higher attempt of this tab is registered: raise yours', close: 4406 },
  { number: 47, name: 'sessionEnded', doc: 'ended by the user or an administrator', close: 4407 },
  { number: 48, name: 'outOfOrder', doc: 'this frame does not belong here (hello twice, a frame before hello)', close: 4408 },
  { number: 49, name: 'slow', doc: 'the connection took nothing for too long', close: 4409 },
  { number: 50, name: 'idle', doc: 'silent for too long', close: 4410 },
  { number: 51, name: 'tooManyConnections', doc: 'this node is full', close: 4411 },
  { number: 52, name: 'goingAway', doc: 'the node stops', close: 4412 },
  { number: 53, name: 'wrongUser', doc: 'the token is of another user', close: 4413 },
  { number: 54, name: 'frameTooLarge', doc: 'a frame is longer than frameBytesMax', close: 4414 },
] as const;
