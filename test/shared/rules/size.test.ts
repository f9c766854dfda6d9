import { expect, it } from 'vitest';
import { sizeText } from '../../../shared/rules/size.ts';

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [9_960, '10 kB'],
  [212_400_000, '212 MB'],
  [999_600_000, '1.0 GB'],
  [270_000_000_000, '270 GB'],
  [5_000_000_000_000, '5000 GB'],
])('%i is %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));
