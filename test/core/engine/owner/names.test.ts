// A name becomes one user, however often and with however many ids it logs in at once.
import { beforeEach, describe, expect, it } from 'vitest';
import { Holding } from '../../../../core/engine/holding.ts';
import { ErrorCode } from '../../../../core/protocol/generated/codes.ts';
import { FrameType } from '../../../../core/protocol/generated/frame-type.ts';
import type { Frame } from '../../../../core/protocol/generated/frames.ts';
import { MemoryStore } from '../../../../core/store/memory/memory-store.ts';
import { frame } from '../edge/edge-harness.ts';
import { limits, OwnerHarness } from './owner-harness.ts';

const login = (session: number, newUser: number): Frame => frame('login', { session, name: 'ann', newUser });
const created = (user: number, code: number): Frame => frame('accountCreated', { user, name: 'ann', code });

describe('names', () => {
  let owner: OwnerHarness;

  beforeEach(() => {
    owner = new OwnerHarness(new MemoryStore(), 1);
    owner.assigned(Holding.all, 1);
    // Claims the slot of the name.
    owner.link(login(1, 0));
    expect(owner.take(FrameType.loggedIn)).toMatchObject([{ session: 1, user: 0, code: ErrorCode.noSuchUser }]);
  });

  it('asks for one account for all logins of a new name', () => {
    owner.held = true;
    owner.link(login(2, 0), login(3, 33), login(4, 44));
    owner.held = false;
    owner.goOn();
    expect(owner.take(FrameType.createAccount)).toMatchObject([{ user: 33 }]);
    owner.link(created(33, ErrorCode.ok));
    expect(owner.take(FrameType.loggedIn)).toMatchObject([
      { session: 2, user: 33 },
      { session: 3, user: 33 },
      { session: 4, user: 33 },
    ]);
    owner.link(login(5, 55));
    expect(owner.take(FrameType.loggedIn)).toMatchObject([{ session: 5, user: 33 }]);
  });

  it('takes the answer for the account under way only, and once', () => {
    owner.link(login(2, 22));
    owner.pass(limits.askUserMs);
    owner.link(login(3, 33));
    expect(owner.take(FrameType.createAccount)).toMatchObject([{ user: 22 }, { user: 33 }]);
    owner.link(created(22, ErrorCode.ok), created(22, ErrorCode.unavailable));
    expect(owner.take(FrameType.loggedIn)).toEqual([]);
    owner.link(created(33, ErrorCode.ok), created(33, ErrorCode.unavailable));
    expect(owner.take(FrameType.loggedIn)).toMatchObject([
      { session: 2, user: 33 },
      { session: 3, user: 33 },
    ]);
  });

  it('tells all who wait when the account cannot be made', () => {
    owner.link(login(2, 22), login(3, 33));
    owner.link(created(22, ErrorCode.unavailable));
    expect(owner.take(FrameType.loggedIn)).toMatchObject([
      { session: 2, user: 0, code: ErrorCode.busy },
      { session: 3, user: 0, code: ErrorCode.busy },
    ]);
  });
});
