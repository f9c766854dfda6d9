import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { keep } from '../../../renderer/lib/kept.ts';
import { openWindow } from '../page.tsx';

it('draws what an earlier page knew at once and reads it again, however short ago that was', async () => {
  keep(['hosts.list', {}], { hosts: [] });
  openWindow('#/');
  expect(await screen.findByRole('link', { name: /hel-2/ })).toBeTruthy();
});
