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
