/** Codes of a day's events, and who takes them. */
export const Code = {
  /** Node: a connection is made and its first message came. (connection, handle, length) */
  opened: 1,
  /** Node: a message of a device. (connection, handle, length) */
  up: 2,
  /** Device: a message of a node. (connection, handle, length) */
  down: 3,
  /** Device: the node closed. (connection, code) */
  closed: 4,
  /** Node: a token was verified. (connection) */
  verified: 5,
  /** Node: a run of another node. (node, handle, length) */
  peer: 6,
  /** Node: answers of the store. (node, id) */
  written: 7,
  refusedWrite: 8,
  got: 9,
  scanned: 10,
  /** Node: random words. (node, id) */
  random: 11,
  /** Node: its machines want a tick. (node, tick) */
  wake: 12,
  /** Device: its time on line, or off line, is over. (device, spell) */
  spell: 13,
  /** Device: the user reads. (line) */
  read: 14,
  /** Device: a send is due again. (line) */
  sendAgain: 15,
  /** Device: it comes on line for a last time. (device) */
  rollCall: 16,
  /** Talks: a minute begins. (minute) */
  minute: 17,
  /** Talks: the next message of a talk. (even user's conversation, messages left) */
  talk: 18,
  /** Node: frames that waited for others go. (node) */
  waitEnd: 19,
} as const;
