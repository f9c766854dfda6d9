import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchAddresses } from '../../electron/ssh/network.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('tells each change of the addresses once, within a second', () => {
  let addresses = '192.0.2.7/24';
  const changed = vi.fn();
  const stop = watchAddresses(changed, () => addresses);
  vi.advanceTimersByTime(5_000);
  expect(changed).not.toHaveBeenCalled();
  for (const next of ['', '198.51.100.3/16']) {
    addresses = next;
    vi.advanceTimersByTime(1_000);
  }
  vi.advanceTimersByTime(5_000);
  expect(changed).toHaveBeenCalledTimes(2);
  stop();
  addresses = '';
  vi.advanceTimersByTime(5_000);
  expect(changed).toHaveBeenCalledTimes(2);
});
