import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { keep } from '../../../renderer/features/variables/kept.ts';
import { Failure } from '../../../shared/errors.ts';
import { variables } from '../facts.ts';
import { openWindow } from '../page.tsx';

const path = '/hosts/fra-1/apps/shop-api/variables';
const secret = 'whsec_canary_0123';

beforeEach(() => keep('fra-1', 'shop-api', { drafts: [], base: null, failure: null }));

const calls = (board: ReturnType<typeof openWindow>) => board.sent.flatMap((message) => (message.type === 'call' && message.name === 'variables.set' ? [message.input] : []));
const changes = () => [...document.querySelectorAll('aside .changes li')].map(({ textContent }) => textContent);
const at = () => location.hash;

/** Two changes and a new secret, by keyboard where a keyboard has a way. */
async function edit(user: ReturnType<typeof userEvent.setup>): Promise<void> {
  (await screen.findByRole('row', { name: 'WEB_WORKERS' })).focus();
  await user.keyboard('{Enter}');
  const field = screen.getByLabelText('Value of WEB_WORKERS');
  expect(document.activeElement).toBe(field);
  await user.clear(field);
  await user.type(field, '6{Enter}');
  await user.click(screen.getByRole('button', { name: 'Remove LEGACY_SKU_API' }));
  await user.click(screen.getByRole('button', { name: 'Add' }));
  await user.paste('STRIPE_WEBHOOK_SECRET');
  await user.keyboard('{Enter}');
  expect(document.activeElement).toBe(screen.getByLabelText('Value'));
  await user.paste(secret);
  await user.keyboard('{Enter}');
}

describe('the environment of an app', () => {
  it('is changed in place, gathered, and applied together by Ctrl S; the typed secret is shown nowhere', async () => {
    let finish = () => {};
    const board = openWindow(path, {
      'variables.set': async (_input, { emit }) => {
        emit({ type: 'started', app: 'shop-api', deployment: 50 });
        emit({ type: 'step', name: 'variables', status: 'done', ms: 2, detail: 'version 13: changed WEB_WORKERS' });
        emit({ type: 'step', name: 'start', status: 'running' });
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { app: 'shop-api', outcome: 'live', version: 13, added: [], changed: [], removed: [], deployment: 50, release: 48, url: '', ms: 900 };
      },
    });
    const user = userEvent.setup();
    await edit(user);
    expect(changes()).toEqual(['~changedWEB_WORKERS = 4 → 6', '−removedLEGACY_SKU_API', '+newSTRIPE_WEBHOOK_SECRET, a secret', '12 unchanged']);
    expect(screen.getByText('version 12 is live, 3 changes not applied')).toBeTruthy();
    expect(screen.getByText(/Release 48 starts with them in slot b, is checked, then switched/)).toBeTruthy();
    expect(document.body.innerHTML).not.toContain(secret);
    await user.keyboard('{Control>}s{/Control}');
    await waitFor(() => expect(document.querySelector('p.sentence')?.textContent).toContain('Changing variables of release 48. Release 48 serves until the switch.'));
    expect(calls(board)).toEqual(
      [
        {
          host: 'fra-1',
          app: 'shop-api',
          version: 12,
          set: [
            { name: 'WEB_WORKERS', value: '6', secret: false },
            { name: 'STRIPE_WEBHOOK_SECRET', value: secret, secret: true },
          ],
          unset: ['LEGACY_SKU_API'],
        },
      ].map((input) => expect.objectContaining(input)),
    );
    expect(await screen.findByText('Version 13: changed WEB_WORKERS')).toBeTruthy();
    expect(at()).toBe('#/hosts/fra-1/apps/shop-api/deployments/50');
    finish();
    await waitFor(() => expect(document.querySelector('p.sentence')?.textContent).toBe('Release 48 is live with its new variables.'));
    await user.click(screen.getByRole('link', { name: 'Environment' }));
    await screen.findByText('version 12 is live');
    expect(changes()).toEqual([]);
    expect(`${JSON.stringify(localStorage)}${document.body.innerHTML}`).not.toContain(secret);
  });

  it('keeps what was typed where the app does not start with it, and says why', async () => {
    openWindow(path, {
      'variables.set': async (_input, { emit }) => {
        emit({ type: 'started', app: 'shop-api', deployment: 50 });
        throw new Failure('start-failed', 'the app did not start: ValueError: WEB_WORKERS (settings.py line 3)');
      },
    });
    const user = userEvent.setup();
    await edit(user);
    await user.click(screen.getByRole('button', { name: 'Apply 3 changes' }));
    await waitFor(() =>
      expect(document.querySelector('p.sentence')?.textContent).toBe('The change of variables failed. Release 48 is still serving and visitors noticed nothing.'),
    );
    await user.click(screen.getByRole('link', { name: 'Environment' }));
    expect((await screen.findByRole('alert')).textContent).toContain('ValueError: WEB_WORKERS');
    expect(changes()).toHaveLength(4);
    await user.click(screen.getByRole('button', { name: 'Discard 3 changes' }));
    expect(changes()).toEqual([]);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('comes back with what was typed where somebody else was quicker', async () => {
    openWindow(path, {
      'variables.set': () => {
        throw new Failure('conflict', 'the variables of shop-api were changed meanwhile: version 13, by bo@desk', { field: 'version' });
      },
    });
    const user = userEvent.setup();
    await edit(user);
    await user.keyboard('{Control>}s{/Control}');
    expect((await screen.findByRole('alert')).textContent).toContain('version 13, by bo@desk');
    await waitFor(() => expect(at()).toBe(`#${path}`));
    expect(changes()).toHaveLength(4);
  });

  it('refuses at the field what the server would refuse, and applies nothing until that is mended', async () => {
    const board = openWindow(path);
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Add' }));
    for (const [typed, says] of [
      ['A-B', 'The name contains "-"; only letters a to z, digits and _ are allowed'],
      ['LD_PRELOAD', "LD_PRELOAD changes what programs load before the app's own code"],
      ['LOG_LEVEL', 'LOG_LEVEL is there already'],
    ] as const) {
      await user.clear(screen.getByLabelText('Name'));
      await user.click(screen.getByLabelText('Name'));
      await user.paste(typed);
      expect(screen.getByText(says)).toBeTruthy();
      expect(screen.getByRole('button', { name: 'Apply 1 change' }).getAttribute('aria-disabled')).toBe('true');
    }
    await user.keyboard('{Control>}s{/Control}');
    expect(calls(board)).toEqual([]);
    await user.type(screen.getByLabelText('Name'), '{Escape}');
    expect(changes()).toEqual([]);
  });

  it('replaces a secret without ever having it, and gives it up only with a new value', async () => {
    openWindow(path);
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Replace DATABASE_URL' }));
    const field = screen.getByLabelText('Value of DATABASE_URL') as HTMLTextAreaElement;
    expect(field.value).toBe('');
    await user.click(screen.getByRole('checkbox', { name: 'Secret' }));
    expect(screen.getByRole('button', { name: 'Apply 1 change' }).getAttribute('aria-disabled')).toBe('true');
    await user.click(screen.getByRole('checkbox', { name: 'Secret' }));
    expect(changes()).toEqual([]);
    await user.type(field, 'x{Shift>}{Enter}{/Shift}y');
    expect(field.value).toBe('x\ny');
    expect(changes()[0]).toBe('~changedDATABASE_URL, replaced');
    await user.type(field, '{Escape}');
    expect(changes()).toEqual([]);
  });

  it('takes a pasted .env after showing what it adds and changes, and names a bad line', async () => {
    openWindow(path);
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Paste .env' }));
    const dialog = await screen.findByRole('dialog', { name: 'Paste a .env file' });
    const text = within(dialog).getByLabelText('Its text');
    await user.click(text);
    await user.paste('A=1\nnonsense\n');
    expect(within(dialog).getByText('Line 2: there is no NAME=value here')).toBeTruthy();
    expect(within(dialog).getByRole('button', { name: /^Take/ }).getAttribute('aria-disabled')).toBe('true');
    await user.clear(text);
    await user.paste('export LOG_LEVEL=debug\nWEB_WORKERS=4\nNEW_TOKEN="t"\nPORT=1\nNEW_TOKEN=u');
    expect([...dialog.querySelectorAll('.changes li')].map(({ textContent }) => textContent)).toEqual([
      '!Left out, line 4: PORT is set by ForgeBoard itself',
      '!NEW_TOKEN stands in lines 3, 5: the last one counts',
      '~LOG_LEVEL = info → debug',
      '+NEW_TOKEN, a secret',
      '1 so already',
    ]);
    await user.click(within(dialog).getByRole('button', { name: 'Take 2 variables' }));
    expect(changes()).toEqual(['~changedLOG_LEVEL = info → debug', '+newNEW_TOKEN, a secret', '13 unchanged']);
  });

  it('only stores what is set for an app that does not run, and offers a beginning where there is nothing', async () => {
    const board = openWindow(path, {
      'variables.list': () => ({ variables: [], version: 0, live: null, serves: false }),
      'variables.set': () => ({ app: 'shop-api', outcome: 'stored', version: 1, added: ['A'], changed: [], removed: [], deployment: null, release: null, url: null, ms: 9 }),
    });
    const user = userEvent.setup();
    await screen.findByText('No variables yet');
    await user.click(screen.getByRole('button', { name: 'Add one' }));
    await user.keyboard('A{Enter}1{Enter}');
    expect(screen.getByText('shop-api does not run now: they are stored, and it starts with them.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Apply 1 change' }));
    expect(await screen.findByText('Stored 1 change')).toBeTruthy();
    expect(at()).toBe(`#${path}`);
    expect(calls(board)).toHaveLength(1);
  });

  it('tells its versions with who, when and which names', async () => {
    openWindow(path);
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Versions' }));
    const dialog = await screen.findByRole('dialog', { name: 'Versions of the variables of shop-api' });
    await within(dialog).findByText('Version 12');
    expect(dialog.textContent).toContain('as version 8, by a rollback');
    expect(dialog.textContent).toContain('removed OLD_SEARCH_URL');
  });

  it('does not offer to edit a value whose characters are only shown as marks', async () => {
    openWindow(path, { 'variables.list': () => ({ variables: [{ ...variables[0]!, value: 'a\u241bb', marked: true }], version: 12, live: 12, serves: true }) });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Change BASKET_LIMIT' }));
    expect((screen.getByLabelText('Value of BASKET_LIMIT') as HTMLTextAreaElement).value).toBe('');
  });
});
