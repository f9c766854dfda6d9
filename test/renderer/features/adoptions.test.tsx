import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { adoptionAnswers, foundApps, hinderedPlan } from '../adoption-facts.ts';
import type { FakeBoard } from '../board.ts';
import { openWindow } from '../page.tsx';

/** What the page asked of an operation, but for plans. */
const done = (board: FakeBoard, name: string) =>
  board.sent.flatMap((message) => (message.type === 'call' && message.name === name && !(message.input as { plan?: boolean }).plan ? [message.input] : []));

describe('apps that run on a server already', () => {
  it('stand on its page with what they are and what to do, and nothing is asked of the server but to look', async () => {
    const board = openWindow('/hosts/fra-1', adoptionAnswers);
    const panel = within(await screen.findByRole('region', { name: 'Apps that run here already' }));
    const shop = within(panel.getByRole('listitem', { name: 'shop' }));
    expect(shop.getByText('https://shop.example.com')).toBeTruthy();
    expect(shop.getByText(/app:app, 3 workers · gunicorn-shop.service · \/opt\/shop · certificate shop.example.com/)).toBeTruthy();
    expect(within(panel.getByRole('listitem', { name: 'api' })).getByText('Other units stop or start with it: api.socket.')).toBeTruthy();
    expect(within(panel.getByRole('listitem', { name: 'bot.service' })).queryByRole('button')).toBeNull();
    expect(panel.queryByText(/watch.py/)).toBeNull();
    await userEvent.click(panel.getByRole('button', { name: 'Show' }));
    expect(panel.getByText(/ends with its terminal/)).toBeTruthy();
    expect([...done(board, 'adoptions.take'), ...done(board, 'adoptions.move'), ...done(board, 'adoptions.giveback')]).toEqual([]);
  });

  it('are taken over after the plan was read, by that very plan', async () => {
    const board = openWindow('/hosts/fra-1', adoptionAnswers);
    const user = userEvent.setup();
    const row = await screen.findByRole('listitem', { name: 'shop' });
    await user.click(within(row).getByRole('button', { name: 'Take over…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Take over gunicorn-shop.service' }));
    expect((await dialog.findByRole('list', { name: 'What is done' })).textContent).toContain('process 812: nothing is stopped');
    await user.keyboard('{Enter}');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(done(board, 'adoptions.take')).toEqual([]);
    await user.click(within(row).getByRole('button', { name: 'Take over…' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Take over' }));
    expect(await screen.findByText('Took over gunicorn-shop.service as shop')).toBeTruthy();
    expect(done(board, 'adoptions.take')).toEqual([{ host: 'fra-1', unit: 'gunicorn-shop.service', app: 'shop', digest: 'd1' }]);
  });

  it('have a page of their own once they are taken over, with a move that is told like a deployment', async () => {
    const board = openWindow('/hosts/fra-1/apps/blog', adoptionAnswers);
    const user = userEvent.setup();
    expect((await screen.findByRole('region', { name: 'Where it runs' })).textContent).toContain('blog runs in blog.service, as it did before.');
    expect(screen.queryByRole('button', { name: 'Deploy' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Move to slots…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Move blog to slots' }));
    expect(await dialog.findByText('+proxy_pass http://unix:/srv/forgeboard/blog/live/app.sock')).toBeTruthy();
    await user.click(dialog.getByRole('button', { name: 'Move to slots' }));
    expect(done(board, 'adoptions.move')).toEqual([{ host: 'fra-1', app: 'blog', digest: 'd1' }]);
    expect(location.hash).toContain('/hosts/fra-1/apps/blog/deployments/');
  });

  it('do not move where something is in the way, which is said', async () => {
    const board = openWindow('/hosts/fra-1/apps/blog', { ...adoptionAnswers, 'adoptions.move': () => ({ ...hinderedPlan, deployment: null, release: null, ms: 1 }) });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Move to slots…' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect((await dialog.findByRole('list', { name: 'In the way' })).textContent).toContain('db.sqlite3');
    await user.click(dialog.getByRole('button', { name: 'Move to slots' }));
    expect(done(board, 'adoptions.move')).toEqual([]);
  });

  it('are given back in place of being removed, and wait for a server that is not prepared', async () => {
    const board = openWindow('/hosts/fra-1/apps/blog/settings', adoptionAnswers);
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Give back…' }));
    expect(screen.queryByRole('button', { name: 'Remove…' })).toBeNull();
    await user.click(within(await screen.findByRole('dialog', { name: 'Give blog back to blog.service' })).getByRole('button', { name: 'Give back' }));
    expect(await screen.findByText('Gave blog back to blog.service')).toBeTruthy();
    expect(done(board, 'adoptions.giveback')).toEqual([{ host: 'fra-1', app: 'blog', digest: 'd1' }]);
  });

  it('can be looked at before the server is prepared', async () => {
    const board = openWindow('/hosts/fra-1', {
      ...adoptionAnswers,
      'adoptions.scan': () => ({ found: foundApps.slice(1, 2) }),
      'hosts.check': () => ({ ready: true, prepared: false, findings: [] }),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Take over…' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(done(board, 'adoptions.take')).toEqual([]);
  });
});
