/** Why bytes or JSON are no frame: typed, so that each malformed input is answered with a reason and never with an exception. */

export type DecodeFailureReason =
  /** The bytes end before the value does, or a length says more than there is. */
  | 'truncated'
  /** Bytes are left behind the last field. */
  | 'trailingBytes'
  /** A varint above 2^53 - 1 or longer than its value needs. */
  | 'badVarint'
  /** An id of 0 where none may be, or above 2^53 - 1. */
  | 'badId'
  /** Neither (lower user, upper user) nor (group, 0). */
  | 'badConversation'
  /** A bool that is neither 0 nor 1. */
  | 'badBool'
  /** Not well-formed UTF-8, or a string with a lone surrogate. */
  | 'badText'
  /** Longer, or more items, than the limit of the field. */
  | 'tooLong'
  /** Tags of optional fields do not ascend. */
  | 'badTag'
  /** No frame has this type. */
  | 'unknownType'
  /** A frame is longer than the limit of the transport. */
  | 'frameTooLarge'
  /** JSON: not JSON, or no object where one belongs. */
  | 'badJson'
  /** JSON: a required field is missing. */
  | 'missingField'
  /** JSON: a member has another type or range than its field. */
  | 'badValue';

export interface DecodeFailure {
  readonly failed: true;
  readonly reason: DecodeFailureReason;
  /** Binary: position in the input at which reading stopped. JSON: 0. */
  readonly position: number;
  /** JSON: the member that is wrong; binary: ''. */
  readonly field: string;
}

export function decodeFailure(reason: DecodeFailureReason, position = 0, field = ''): DecodeFailure {
  return { failed: true, reason, position, field };
}

/** Returns whether a decoder's answer is a failure. */
export function isFailure(answer: object | null): answer is DecodeFailure {
  return answer !== null && 'failed' in answer && answer.failed === true;
}
