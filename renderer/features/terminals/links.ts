import { visible } from '../../../shared/rules/visible.ts';

/** The longest address that is opened or shown. */
export const longestAddress = 2_000;

/** Whether a program's link may be opened: an address of the web, without anything in it that cannot be seen, and no password. */
export function isWebAddress(address: string): boolean {
  if (address.length > longestAddress || visible(address) !== address || !/^https?:\/\//i.test(address)) return false;
  try {
    const { username, password } = new URL(address);
    return username === '' && password === '';
  } catch {
    return false;
  }
}
