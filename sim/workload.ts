/**
 * What the users of a run do: a list of commands with their times, drawn from the seed; users, devices and tabs by index.
 */
import { Purpose, RandomStream } from './random.ts';

export interface Command {
  readonly atUs: number;
  readonly user: number;
  readonly device: number;
  readonly tab: number;
  readonly peer: number;
  /** `edit` and `delete` aim at an own message by `pick`; without one they are passed over. */
  readonly kind: 'send' | 'edit' | 'delete' | 'read' | 'typing' | 'block' | 'unblock' | 'history' | 'list' | 'flag';
  readonly pick: number;
  /** Text of a message or edit: unique in the run. */
  readonly text: string;
}

/** Users need a moment to log in before they know each other. */
const firstUs = 500_000;

export function drawCommands(seed: number, users: readonly (readonly number[])[], messages: number, faultsUs: number): Command[] {
  const random = new RandomStream(seed, Purpose.workload, 0);
  const blocks = random.permille(250);
  const selfNotes = random.permille(300);
  const longTexts = random.permille(100);
  const bursts = random.permille(500);
  const commands: Command[] = [];
  let atUs = firstUs;
  const spanUs = faultsUs - firstUs;
  for (let message = 0; message < messages; message += 1) {
    atUs = bursts && !random.permille(100) ? atUs + random.below(2_000) : firstUs + random.below(spanUs);
    if (atUs > faultsUs) atUs = firstUs + random.below(spanUs);
    const user = random.below(users.length);
    const device = random.below(users[user].length);
    const tab = random.below(users[user][device]);
    const peer = selfNotes && random.permille(100) ? user : (user + 1 + random.below(users.length - 1)) % users.length;
    const aim = { user, device, tab, peer, pick: random.u32() };
    const text = longTexts && random.permille(50) ? `m${message} ${'x'.repeat(random.below(7_000))}` : `m${message}`;
    const draw = random.below(100);
    const kind = draw < 88 ? 'send' : draw < 95 ? 'edit' : 'delete';
    commands.push({ ...aim, atUs, kind, text });
    if (random.permille(150)) commands.push({ ...aim, atUs: atUs + random.below(1_000_000), kind: 'read', text: '' });
    if (random.permille(50)) commands.push({ ...aim, atUs: atUs + 1, kind: random.pick(['typing', 'history', 'list', 'flag']), text: '' });
    if (blocks && random.permille(40)) {
      commands.push({ ...aim, atUs: atUs + 1, kind: 'block', text: '' });
      commands.push({ ...aim, atUs: atUs + random.below(3_000_000), kind: 'unblock', text: '' });
    }
  }
  return commands.sort((left, right) => left.atUs - right.atUs);
}
