/** Frames between nodes (links); inner frames travel as their own bytes and are never encoded again. */
import { type FrameDefinition, field } from './schema-types.ts';

export const linkFrames: readonly FrameDefinition[] = [
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
    doc:
      'Home owner to user owner: an event is durable; tell the sessions, raise the inbox entry, confirm. ' +
      "(The lower user's owner is the home itself: no frame.)",
    fields: [
      field('conversation', 'conversation', 'where'),
      field('user', 'id53', 'for which member'),
      field('again', 'bool', 'told before: sessions are told again, too'),
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
  {
    type: 113,
    name: 'moved',
    from: 'link',
    doc:
      'Owner to edge: a frame came for a partition that is not served here, by the version of the assignment known here. ' +
      'With `session`: this registration does not stand (any more); the edge registers it again.',
    fields: [
      field('partition', 'varint', 'which'),
      field('owner', 'varint', 'the node that owns it by that version; the sender: it knows none'),
      field('version', 'varint', 'of the assignment known here'),
      field('session', 'varint', 'whose registration; 0: none'),
      field('registration', 'varint', 'which'),
    ],
  },
];
