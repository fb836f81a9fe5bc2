/**
 * What a welcomed client says: checked, and sent on to the owner it concerns.
 *
 * Method: of each frame only what routing needs is read; the frame itself goes on as its own bytes behind the head of a
 * link frame. Sends and acks make no object.
 */
import { hashBytes } from '../../model/hash.ts';
import { homeOf, partitionOf, partitionOfHash } from '../../model/partition.ts';
import {
  newBlock,
  newFlag,
  newHistory,
  newList,
  newLookup,
  newNames,
  newRead,
  newSync,
  newTyping,
  readBlock,
  readFlag,
  readHistory,
  readList,
  readLookup,
  readNames,
  readRead,
  readSync,
  readTyping,
  writeNames,
  writeSync,
} from '../../protocol/generated/client-frames.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import { encodeUtf8 } from '../../protocol/utf8.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import type { EdgeAnswers } from './edge-answers.ts';
import type { EdgeContext } from './edge-context.ts';
import type { EdgeSession } from './edge-session.ts';
import { SendCheck } from './send-check.ts';
import { UserBuckets } from './user-buckets.ts';

/** `about` of a lookup, where no user is meant: the name says whose data it is. */
const aboutNobody = 1;

export class EdgeRoutes {
  readonly userBuckets: UserBuckets;
  private readonly context: EdgeContext;
  private readonly answers: EdgeAnswers;
  private readonly send: SendCheck;
  /** A part of a client's frame, written anew. */
  private readonly partWriter = new FrameWriter();
  private readonly readFrame = newRead();
  private readonly historyFrame = newHistory();
  private readonly listFrame = newList();
  private readonly typingFrame = newTyping();

  constructor(context: EdgeContext, answers: EdgeAnswers) {
    this.context = context;
    this.answers = answers;
    this.send = new SendCheck(context.limits);
    this.userBuckets = new UserBuckets(context.limits);
  }

  /** Routes `bytes[start, end)`, a frame of a live session. Returns false when it cannot be read. */
  route(session: EdgeSession, bytes: Uint8Array, start: number, end: number, overRate: boolean): boolean {
    const { reader } = this.context;
    // Types of client frames are one byte long.
    reader.reset(bytes, start + 1, end);
    switch (bytes[start]) {
      case FrameType.send:
        return this.routeSend(session, bytes, start, end, overRate);
      case FrameType.ack:
        return this.routeAck(session, bytes, start, end);
      case FrameType.read:
        return this.routeRead(session, bytes, start, end);
      case FrameType.sync:
        return this.routeSync(session, bytes, start, end);
      case FrameType.history:
        return this.routeHistory(session, bytes, start, end);
      case FrameType.list:
        if (!readList(reader, this.listFrame)) return false;
        this.toUser(session, session.user, bytes, start, end);
        return true;
      case FrameType.lookup:
        return this.routeLookup(session, bytes, start, end);
      case FrameType.names:
        return this.routeNames(session);
      case FrameType.typing:
        if (!readTyping(reader, this.typingFrame)) return false;
        this.toHomeIfMember(session, this.typingFrame, 0, bytes, start, end);
        return true;
      case FrameType.block: {
        const frame = newBlock();
        if (!readBlock(reader, frame)) return false;
        this.toHomeIfMember(session, frame, frame.requestId, bytes, start, end);
        return true;
      }
      case FrameType.flag: {
        const frame = newFlag();
        if (!readFlag(reader, frame)) return false;
        const code = codeFor(session, frame.conversationA, frame.conversationB);
        if (code === ErrorCode.ok) this.toUser(session, session.user, bytes, start, end);
        else this.answers.failed(session, frame.requestId, code);
        return true;
      }
      default:
        return false;
    }
  }

  private routeSend(session: EdgeSession, bytes: Uint8Array, start: number, end: number, overRate: boolean): boolean {
    const { context, send } = this;
    if (!send.read(context.reader)) return false;
    context.counters.sends++;
    let refusal = send.refusal(session.transport === 'request');
    if (refusal === ErrorCode.ok) refusal = codeFor(session, send.conversationA, send.conversationB);
    if (refusal !== ErrorCode.ok) {
      this.answers.refused(session, send, refusal);
      return true;
    }
    const bucket = this.userBuckets.of(session.user, session.userBucket);
    session.userBucket = bucket;
    const waitMs = this.userBuckets.take(bucket, context.nowMs);
    if (waitMs > 0 || overRate) this.answers.busy(session, send, Math.max(waitMs, context.limits.retryAfterMs));
    else this.toHome(session, send.conversationA, bytes, start, end);
    return true;
  }

  private routeAck(session: EdgeSession, bytes: Uint8Array, start: number, end: number): boolean {
    const { reader } = this.context;
    const conversationA = reader.id53();
    const conversationB = reader.secondId(conversationA);
    reader.varint();
    if (!reader.finish()) return false;
    const code = codeFor(session, conversationA, conversationB);
    if (code === ErrorCode.ok) this.toHome(session, conversationA, bytes, start, end);
    else this.answers.failed(session, 0, code);
    return true;
  }

  /** A read watermark has two homes. */
  private routeRead(session: EdgeSession, bytes: Uint8Array, start: number, end: number): boolean {
    const frame = this.readFrame;
    if (!readRead(this.context.reader, frame)) return false;
    if (this.toHomeIfMember(session, frame, 0, bytes, start, end)) this.toUser(session, session.user, bytes, start, end);
    return true;
  }

  /** Each conversation has its own home: one frame an item. */
  private routeSync(session: EdgeSession, bytes: Uint8Array, start: number, end: number): boolean {
    const frame = newSync();
    if (!readSync(this.context.reader, frame)) return false;
    const { items, requestId } = frame;
    if (items.length === 0) this.answers.done(session, requestId);
    for (const item of items) {
      const code = codeFor(session, item.conversationA, item.conversationB);
      if (code !== ErrorCode.ok) {
        this.answers.emptyPage(session, requestId, item.conversationA, item.conversationB, code);
      } else if (items.length === 1) {
        this.toHome(session, item.conversationA, bytes, start, end);
      } else {
        frame.items = [item];
        this.partWriter.reset();
        writeSync(this.partWriter, frame);
        this.toHome(session, item.conversationA, this.partWriter.bytes, 0, this.partWriter.length);
      }
    }
    return true;
  }

  private routeHistory(session: EdgeSession, bytes: Uint8Array, start: number, end: number): boolean {
    const frame = this.historyFrame;
    if (!readHistory(this.context.reader, frame)) return false;
    const code = codeFor(session, frame.conversationA, frame.conversationB);
    if (code === ErrorCode.ok) this.toHome(session, frame.conversationA, bytes, start, end);
    else this.answers.emptyPage(session, frame.requestId, frame.conversationA, frame.conversationB, code);
    return true;
  }

  private routeLookup(session: EdgeSession, bytes: Uint8Array, start: number, end: number): boolean {
    const frame = newLookup();
    if (!readLookup(this.context.reader, frame)) return false;
    if (frame.name === '') this.answers.noSuchName(session, frame.requestId, '');
    else this.toNode(session, partitionOfHash(hashBytes(encodeUtf8(frame.name))), aboutNobody, bytes, start, end);
    return true;
  }

  /** Each user has its own owner: one frame an id. */
  private routeNames(session: EdgeSession): boolean {
    const frame = newNames();
    if (!readNames(this.context.reader, frame)) return false;
    const { users } = frame;
    if (users.length === 0) this.answers.done(session, frame.requestId);
    for (const user of users) {
      frame.users = [user];
      this.partWriter.reset();
      writeNames(this.partWriter, frame);
      this.toUser(session, user.user, this.partWriter.bytes, 0, this.partWriter.length);
    }
    return true;
  }

  private toHomeIfMember(
    session: EdgeSession,
    frame: { readonly conversationA: number; readonly conversationB: number },
    requestId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const code = codeFor(session, frame.conversationA, frame.conversationB);
    if (code === ErrorCode.ok) this.toHome(session, frame.conversationA, bytes, start, end);
    else this.answers.failed(session, requestId, code);
    return code === ErrorCode.ok;
  }

  /** `toHome` with the frame's bytes as they are. */
  private toHome(session: EdgeSession, conversationA: number, bytes: Uint8Array, start: number, end: number): void {
    const { writer, out, directory } = this.context;
    writer.reset();
    writer.u8(FrameType.toHome);
    writer.varint(session.connection);
    writer.id53(session.user);
    writer.framed(bytes, start, end);
    out.toNode(directory.ownerOf(partitionOf(homeOf(conversationA))), writer.bytes, 0, writer.length);
  }

  private toUser(session: EdgeSession, about: number, bytes: Uint8Array, start: number, end: number): void {
    this.toNode(session, partitionOf(about), about, bytes, start, end);
  }

  private toNode(session: EdgeSession, partition: number, about: number, bytes: Uint8Array, start: number, end: number): void {
    const { writer, out, directory } = this.context;
    writer.reset();
    writer.u8(FrameType.toUser);
    writer.varint(session.connection);
    writer.id53(session.user);
    writer.id53(about);
    writer.framed(bytes, start, end);
    out.toNode(directory.ownerOf(partition), writer.bytes, 0, writer.length);
  }
}

/** Whether the session's user may speak of this conversation at all; an ErrorCode. */
function codeFor(session: EdgeSession, conversationA: number, conversationB: number): number {
  if (conversationB === 0) return ErrorCode.unsupported;
  return session.user === conversationA || session.user === conversationB ? ErrorCode.ok : ErrorCode.notMember;
}
