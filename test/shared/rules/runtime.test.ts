import { expect, it } from 'vitest';
import { runtimeWords } from '../../../shared/rules/runtime.ts';

it.each([
  ['25.1.1', '45.4.1', 'Electron 25.1.1, an older one for development and tests; this version is made for 45.4.1'],
  ['45.4.1', '45.4.1', 'Electron 45.4.1'],
  ['45.5.0', '45.4.1', 'Electron 45.5.0'],
  ['9.0.0', '45.4.1', 'Electron 9.0.0, an older one for development and tests; this version is made for 45.4.1'],
  ['45.4.1', '', 'Electron 45.4.1'],
])('Electron %s where %s is shipped reads %j', (running, madeFor, words) => {
  expect(runtimeWords({ running, madeFor })).toBe(words);
});
