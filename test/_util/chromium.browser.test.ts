// Goal: the helper starts the system's Chromium, each device with a profile of its own, and ends it.
import { expect, it } from 'vitest';
import { openDevice, requireChromium } from './chromium.ts';

it('starts two devices that do not share storage', async (context) => {
  const executable = requireChromium(context);
  const first = await openDevice(executable, { viewport: { width: 390, height: 844 } });
  const second = await openDevice(executable);
  try {
    const width = await first.context.pages()[0]?.evaluate('window.innerWidth');
    expect(width).toBe(390);
    expect(await second.context.cookies()).toEqual([]);
    await first.context.addCookies([{ name: 'a', value: '1', url: 'http://127.0.0.1/' }]);
    expect(await first.context.cookies()).toHaveLength(1);
    expect(await second.context.cookies()).toEqual([]);
  } finally {
    await first.close();
    await second.close();
  }
});
