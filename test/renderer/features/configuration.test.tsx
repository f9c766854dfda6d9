import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../shared/errors.ts';
import { openWindow } from '../page.tsx';

const at = '/hosts/fra-1/apps/shop-api';
const inputs = (board: ReturnType<typeof openWindow>, name: string) => board.sent.flatMap((message) => (message.type === 'call' && message.name === name ? [message.input] : []));

describe('the settings of an app', () => {
  it('are changed by a plan that is shown as a diff, and applied as just that plan', async () => {
    const user = userEvent.setup();
    const board = openWindow(`${at}/settings`, {
      'apps.apply': ({ app }) => ({ app, outcome: 'live', deployment: 50, release: 48, changes: ['workers'], url: null, ms: 900 }),
    });
    await user.type(await screen.findByLabelText('workers'), '4');
    await user.click(screen.getByRole('button', { name: 'Show plan of 1 change' }));
    expect(await screen.findByText('+ workers: 4')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(inputs(board, 'apps.apply')).toMatchObject([{ set: ['workers=4'], unset: [], digest: 'd1' }]));
    // The page of the deployment that it is, with its steps.
    await waitFor(() => expect(location.hash).toMatch(/deployments\/50$/));
    expect((await screen.findAllByText(/with its new settings/)).length).toBeGreaterThan(0);
  });

  it('have lists and maps with a line for each item', async () => {
    const user = userEvent.setup();
    const board = openWindow(`${at}/settings`);
    await user.type(await screen.findByLabelText('processes'), '{Enter}idle: sleep 60; true');
    await user.clear(screen.getByLabelText('schedules'));
    await user.click(screen.getByRole('button', { name: 'Show plan of 2 changes' }));
    await waitFor(() =>
      expect(inputs(board, 'apps.plan')).toMatchObject([
        { set: ['processes=mail: python mail.py --queue default\nsync: python sync.py\nidle: sleep 60; true'], unset: ['schedules'] },
      ]),
    );
  });

  it('that break a rule say so at their field, in its words, and what was typed stays', async () => {
    const user = userEvent.setup();
    openWindow(`${at}/settings`, {
      'apps.plan': () => {
        throw new Failure('invalid', 'the memory "512" is not a number with M or G, like 512M or 1.5G', { field: 'memory' });
      },
    });
    const field = (await screen.findByLabelText('memory')) as HTMLInputElement;
    await user.clear(field);
    await user.type(field, '512');
    await user.click(screen.getByRole('button', { name: 'Show plan of 1 change' }));
    expect((await screen.findByRole('alert')).textContent).toContain('is not a number with M or G');
    expect(screen.queryByRole('dialog')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(field));
    expect([field.value, field.getAttribute('aria-invalid')]).toEqual(['512', 'true']);
    await user.type(field, 'M');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('that do not start are told step by step, and can be mended where they were typed', async () => {
    const user = userEvent.setup();
    openWindow(`${at}/settings`, {
      'apps.apply': (_input, { emit }) => {
        emit({ type: 'started', app: 'shop-api', deployment: 50 });
        emit({ type: 'step', name: 'start', status: 'failed', ms: 20 });
        throw new Failure('start-failed', 'the app did not start: no such module', {});
      },
    });
    await user.type(await screen.findByLabelText('workers'), '4');
    await user.click(screen.getByRole('button', { name: 'Show plan of 1 change' }));
    await user.click(await screen.findByRole('button', { name: 'Apply' }));
    expect(await screen.findByText(/The app did not start: no such module/)).toBeTruthy();
    location.hash = `#${at}/settings`;
    expect(((await screen.findByLabelText('workers')) as HTMLInputElement).value).toBe('4');
  });
});

describe('the domains of an app', () => {
  it('say where they lead, and a wrong one is told at its field in the words of the rule', async () => {
    const user = userEvent.setup();
    openWindow(`${at}/domains`, {
      'domains.add': () => {
        throw new Failure('invalid', '"*.x.com" is a wildcard; wildcards need DNS validation, so name each domain', { field: 'domain' });
      },
    });
    expect(await screen.findByText('Leads here')).toBeTruthy();
    const field = screen.getByLabelText('Domain');
    await user.type(field, '*.x.com{Enter}');
    await waitFor(() => expect(field.getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getByText(/wildcards need DNS validation/)).toBeTruthy();
  });
});
