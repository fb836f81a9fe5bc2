// Goal: what a backup of a device, of the server, and of both does to messages that were under way is what ARCHITECTURE.md says. Method: stories.
import { describe, expect, it } from 'vitest';
import { Story, textsOf } from './story.ts';

const backOnServer = { kind: 'restoreStore', restartUs: 1_000 } as const;
const offline = { kind: 'offline', user: 0, device: 0, tab: 0, forUs: 2_000_000 } as const;
const backOnDevice = { kind: 'crashTab', user: 0, device: 0, tab: 0, kept: 'backup', restartUs: 1_000 } as const;

/** The server is copied, takes m1, and knows nothing of m2: its writer is off line. */
function acceptedThenUnanswered(): Story {
  const story = new Story([[1], [1]]).at(1).happens({ kind: 'backupStore' }).at(2).writes('m1');
  return story.at(3).happens(offline).at(3.5).writes('m2');
}

describe('backups', () => {
  it('a device that comes back from a backup sends what was unanswered then; the server knows it and it stands once', () => {
    const story = new Story([[1], [1]]).at(2).happens(offline).at(2.5).writes('m1').at(3).happens({ kind: 'backup' });
    const { entries, trouble } = story.at(6).happens(backOnDevice).at(8).tell();
    expect(trouble).toBe('');
    expect(textsOf(entries)).toEqual(['m1']);
  });

  it('a server that comes back from a backup has lost what was accepted since; what was not moves over the gap and stands once', () => {
    const story = acceptedThenUnanswered();
    const { entries, trouble } = story.at(4).happens(backOnServer).at(8).tell();
    expect(trouble).toBe('');
    expect(textsOf(entries)).toEqual(['m2']);
  });

  it('both: the message has moved to an identity that the backup of the device does not know, so nobody can see that it is the same', () => {
    const story = acceptedThenUnanswered();
    story.at(4).happens({ kind: 'backup' }).happens(backOnServer);
    const { entries, trouble } = story.at(8).happens(backOnDevice).at(10).tell();
    expect(trouble).toBe('');
    expect(textsOf(entries)).toEqual(['m2', 'm2']);
  });
});
