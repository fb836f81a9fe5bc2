/**
 * Unread counts are differences of the number of messages that others wrote, so that own messages are never unread and sending reads
 * nothing. Each event says it for every member of a direct conversation.
 */

/** Messages of others than `user` up to and with the event of a direct conversation. */
export function othersNo(event: { readonly author: number; readonly messageNo: number; readonly authorNo: number }, user: number): number {
  return event.author === user ? event.messageNo - event.authorNo : event.authorNo;
}
