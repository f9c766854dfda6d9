import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { drawn } from '../../../renderer/features/deployments/output.ts';
import { allSteps, ended, endOfFailure, folded, newRun, position } from '../../../renderer/features/deployments/progress.ts';
import { Failure } from '../../../shared/errors.ts';
import { usualAnswers } from '../board.ts';
import { before as minutesAgo, deployments, failedLog, reason, releases, untilCheck } from '../facts.ts';
import { openWindow } from '../page.tsx';

const running = () => untilCheck.reduce((run, event) => folded(run, event, 1_000), newRun('fra-1', 'shop-api', null, 0));

describe('a run', () => {
  it('folds events to steps, with what is still to come', () => {
    const run = running();
    expect(run.deployment).toBe(49);
    expect(run.steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'scan done',
      'offer done',
      'tree done',
      'packages skipped',
      'bytecode done',
      'start done',
      'check running',
    ]);
    expect(
      allSteps(run)
        .filter(({ status }) => status === 'waiting')
        .map(({ name }) => name),
    ).toEqual(['switch', 'drain']);
    expect(position(run)).toEqual({ name: 'Check', number: 7, of: 9 });
  });

  it('fails at the step that ran, and keeps the words of the app', () => {
    const run = ended(running(), endOfFailure(new Failure('start-failed', reason, { facts: { log: failedLog } }).toJSON()));
    expect(run.steps.at(-1)).toMatchObject({ name: 'check', status: 'failed' });
    expect(run.end?.log).toEqual(failedLog);
    expect(
      allSteps(run)
        .map(({ name }) => name)
        .at(-1),
    ).toBe('switch');
  });
});

it('output folds the frames of libraries, keeps the app’s own, and marks the line that says why', () => {
  const parts = drawn(failedLog, reason);
  expect(parts.filter(({ kind }) => kind === 'failing')).toEqual([{ kind: 'failing', text: "KeyError: 'STRIPE_WEBHOOK_SECRET'" }]);
  expect(parts.flatMap((part) => (part.kind === 'place' ? [`${part.file}:${part.line}`] : []))).toEqual(['app.py:9', 'settings.py:22']);
  expect(parts.filter(({ kind }) => kind === 'folded')).toHaveLength(1);
});

describe('the page of a deployment', () => {
  it('runs with the old release serving, is in the tray, and ends live', async () => {
    let finish = () => {};
    openWindow('/hosts/fra-1/apps/shop-api', {
      'deployments.start': async (_input, { emit }) => {
        for (const event of untilCheck) emit(event);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { app: 'shop-api', deployment: 49, outcome: 'live', release: 49, url: '', uploadedFiles: 3, uploadedBytes: 4_100, ms: 900 };
      },
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Deploy' }));
    await user.click(screen.getByRole('button', { name: 'Choose a folder' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Deploy' }));
    await screen.findByText(/Release 48 serves until the switch/);
    expect(location.hash).toBe('#/hosts/fra-1/apps/shop-api/deployments/49');
    expect(screen.getByRole('navigation', { name: 'Servers and apps' }).textContent).toContain('Check, step 7 of 9');
    expect(screen.getByText('Up to here visitors notice nothing')).toBeTruthy();
    finish();
    await waitFor(() => expect(screen.getByRole('navigation', { name: 'Servers and apps' }).textContent).not.toContain('step 7 of 9'));
    expect(document.querySelector('p.sentence')?.textContent).toMatch(/Release 49 (went|is) live/);
  });

  it('of a failed one says first what still serves, then why, with the failing line', async () => {
    openWindow('/hosts/fra-1/apps/shop-api/deployments/49');
    await waitFor(() => expect(document.querySelector('p.sentence')?.textContent).toBe('Release 49 did not start. Release 48 is still serving and visitors noticed nothing.'));
    expect(screen.getByText(/The app did not start: KeyError/)).toBeTruthy();
    expect(document.querySelector('.well .failing')?.textContent).toBe("KeyError: 'STRIPE_WEBHOOK_SECRET'");
    expect(screen.getByRole('alert').textContent).toContain('Release 49 did not start');
  });

  it('of a failed one offers what mends it, and deploys the same folder again with it', async () => {
    const board = openWindow('/hosts/fra-1/apps/shop-api/deployments/49', { 'deployments.folder': () => ({ folder: { handle: 'again', name: 'shop-api' }, gone: null }) });
    const user = userEvent.setup();
    expect((await screen.findByRole('button', { name: 'Set it and deploy again' })).getAttribute('aria-disabled')).toBe('true');
    await user.type(screen.getByLabelText('Value of STRIPE_WEBHOOK_SECRET'), 'whsec_1{Enter}');
    const sent = () =>
      board.sent.flatMap((message) => (message.type === 'call' && /^(variables\.set|deployments\.start)$/.test(message.name) ? [[message.name, message.input]] : []));
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(sent()).toEqual([
      ['variables.set', { app: 'shop-api', host: 'fra-1', set: [{ name: 'STRIPE_WEBHOOK_SECRET', value: 'whsec_1', secret: true }] }],
      ['deployments.start', { app: 'shop-api', host: 'fra-1', folder: 'again' }],
    ]);
  });
});

describe('two releases', () => {
  it('are picked by mouse or Space, the older first, and a third takes the place of the first', async () => {
    const board = openWindow('/hosts/fra-1/apps/shop-api/deployments');
    const user = userEvent.setup();
    await user.click(await screen.findByRole('checkbox', { name: 'Compare release 48' }));
    expect(screen.queryByRole('complementary', { name: /beside/ })).toBeNull();
    screen.getByRole('row', { name: /^Deployment 46/ }).focus();
    await user.keyboard(' ');
    const pane = await screen.findByRole('complementary', { name: 'Release 46 beside 48' });
    await within(pane).findByText('app/payments/retry.py');
    expect(pane.textContent).toContain('STRIPE_RETRY_SECONDS');
    expect(pane.textContent).toContain('workers 2 → 4');
    expect(pane.textContent).toContain('Release 47 ran commands before it went live.');
    expect(location.hash).toBe('#/hosts/fra-1/apps/shop-api/deployments');
    await user.click(screen.getByRole('checkbox', { name: 'Compare release 47' }));
    const other = await screen.findByRole('complementary', { name: 'Release 46 beside 47' });
    expect(board.sent.flatMap((message) => (message.type === 'call' && message.name === 'releases.compare' ? [message.input] : []))).toMatchObject([
      { from: 46, to: 48 },
      { from: 46, to: 47 },
    ]);
    await user.click(within(other).getByRole('button', { name: 'Roll back to 46' }));
    await screen.findByRole('dialog', { name: 'Roll back shop-api to release 46?' });
    await user.keyboard('{Escape}');
    await user.click(screen.getByRole('button', { name: 'Close the comparison' }));
    expect(screen.queryByRole('complementary', { name: /beside/ })).toBeNull();
  });
});

describe('a rollback', () => {
  const said = () => document.querySelector('p.sentence')?.textContent ?? '';

  it('asks by Ctrl U with what happens and how to undo it, keeps on Enter, and runs through the page of a deployment', async () => {
    let finish = () => {};
    const board = openWindow('/hosts/fra-1/apps/shop-api', {
      'deployments.rollback': async (_input, { emit }) => {
        emit({ type: 'started', app: 'shop-api', deployment: 50 });
        emit({ type: 'step', name: 'start', status: 'running' });
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { app: 'shop-api', deployment: 50, outcome: 'live', release: 47, url: '', uploadedFiles: 0, uploadedBytes: 0, ms: 900 };
      },
    });
    const user = userEvent.setup();
    const calls = () => board.sent.filter((message) => message.type === 'call' && message.name === 'deployments.rollback');
    await screen.findByText(/has been live for/);
    await user.keyboard('{Control>}u{/Control}');
    const dialog = await screen.findByRole('dialog', { name: 'Roll back shop-api to release 47?' });
    expect(dialog.textContent).toContain('about as long as its last start, 1.1 s');
    expect(dialog.textContent).toContain('To undo it, roll back to release 48');
    await user.keyboard('{Enter}');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(calls()).toEqual([]);

    await user.keyboard('{Control>}u{/Control}');
    await screen.findByRole('dialog', { name: 'Roll back shop-api to release 47?' });
    await user.keyboard('{Tab}{Enter}');
    await waitFor(() => expect(said()).toBe('Rolling back to release 47. Release 48 serves until the switch. Stop now and nothing changes.'));
    expect(calls()).toMatchObject([{ input: { app: 'shop-api', host: 'fra-1', release: 47 } }]);
    expect(screen.getByRole('navigation', { name: 'Servers and apps' }).textContent).toContain('Start, step 1 of 4');
    finish();
    // What is known of the app is still from before the switch.
    await waitFor(() => expect(said()).toBe('Release 47 is live again.'));
    expect(screen.getByRole('region', { name: 'Slot b' }).textContent).toContain('Release 47');
    expect(board.done).toContain('notify Rolled back shop-api to release 47');
  });

  it('is what the overview and the list tell, where the newest deployment has not the number of what is live', async () => {
    const rolledBack = {
      ...deployments[0]!,
      deployment: 50,
      kind: 'rollback' as const,
      outcome: 'live' as const,
      release: 47,
      target: 47,
      reason: null,
      startedAt: minutesAgo(3000),
      actor: 'bo@desk',
    };
    const crashed = { ...deployments[0]!, deployment: 51, outcome: 'switched-back' as const, release: 51, target: 51, reason: 'it ended with status 3 three times' };
    openWindow('/hosts/fra-1/apps/shop-api', {
      'apps.get': async (input, told) => ({
        ...(await usualAnswers()['apps.get']!(input, told)),
        release: 47,
        since: minutesAgo(3000),
        deployments: [crashed, rolledBack, ...deployments],
      }),
      'releases.list': () => ({ releases: releases.map((one) => ({ ...one, state: one.release === 47 ? 'live' : one.release === 48 ? 'previous' : 'kept' }) as typeof one) }),
    });
    await waitFor(() => expect(said()).toMatch(/^Release 47 has been live for 2 days\. bo@desk rolled back to it\./));
    expect(said()).toContain('Release 51 crashed soon after it went live, and was switched back: it ended with status 3 three times.');
    expect(within(screen.getByRole('region', { name: 'Slot b' })).getByRole('button', { name: 'Switch back' })).toBeTruthy();
    const user = userEvent.setup();
    await user.click(screen.getByRole('link', { name: 'Deployments' }));
    expect(await screen.findByRole('row', { name: 'Deployment 50, Live' })).toBeTruthy();
    expect(screen.getByRole('row', { name: 'Deployment 47, Was live' })).toBeTruthy();
    expect(screen.getByRole('row', { name: 'Deployment 51, Switched back' }).textContent).toContain('It ended with status 3');
    await screen.findByRole('button', { name: 'Roll back to 48' });
    expect(screen.getAllByRole('button', { name: /^Roll back to/ }).map(({ textContent }) => textContent)).toEqual(['Roll back to 48', 'Roll back to 46', 'Roll back to 44']);
    await user.click(screen.getByRole('button', { name: 'Roll back to 46' }));
    expect(await screen.findByRole('dialog', { name: 'Roll back shop-api to release 46?' })).toBeTruthy();
  });

  it('that failed names the release that it was for, long after this window saw it', async () => {
    const failed = {
      ...deployments[0]!,
      deployment: 50,
      kind: 'rollback' as const,
      outcome: 'failed' as const,
      release: 48,
      target: 46,
      reason: 'its process ended with status 3',
    };
    openWindow('/hosts/fra-1/apps/shop-api/deployments', {
      'apps.get': async (input, told) => ({ ...(await usualAnswers()['apps.get']!(input, told)), deployments: [failed, ...deployments] }),
      'deployments.follow': () => ({ ...failed, hint: null, fix: null, log: [] }),
    });
    const row = await screen.findByRole('row', { name: 'Deployment 50, Failed' });
    expect(row.textContent).toContain('Rollback to release 46: its process ended with status 3');
    await userEvent.setup().click(row);
    await waitFor(() => expect(said()).toBe('The rollback to release 46 failed. Release 48 is still serving and visitors noticed nothing.'));
    expect(screen.getByRole('region', { name: 'Slot b' }).textContent).toContain('Release 46');
  });

  it('is off with its reason where there is no release before', async () => {
    openWindow('/hosts/fra-1/apps/shop-api', { 'releases.list': () => ({ releases: releases.slice(0, 1) }) });
    await waitFor(() => expect(screen.getByRole('button', { name: 'Roll back' }).getAttribute('aria-disabled')).toBe('true'));
    await userEvent.setup().keyboard('{Control>}u{/Control}');
    expect((await screen.findByRole('dialog')).textContent).toContain('No release of shop-api was live before this one');
  });
});

it('an app is stopped from its settings after a question that names it', async () => {
  const board = openWindow('/hosts/fra-1/apps/shop-api/settings', { 'apps.stop': ({ app }) => ({ stopped: app, changed: true }) });
  const user = userEvent.setup();
  await waitFor(() => expect(screen.getByRole('button', { name: 'Stop…' }).getAttribute('aria-disabled')).toBeNull());
  await user.click(screen.getByRole('button', { name: 'Stop…' }));
  await user.click(within(await screen.findByRole('dialog', { name: 'Stop shop-api?' })).getByRole('button', { name: 'Stop shop-api' }));
  expect(await screen.findByText('Stopped shop-api')).toBeTruthy();
  expect(board.sent).toContainEqual(expect.objectContaining({ type: 'call', name: 'apps.stop' }));
});

describe('the form of a deploy', () => {
  const open = async (answers: Parameters<typeof openWindow>[1], path = '/hosts/fra-1/apps/shop-api') => {
    const board = openWindow(path, answers);
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: path.endsWith('apps') ? 'Add an app' : 'Deploy' }));
    return { board, user, dialog: () => within(screen.getByRole('dialog')) };
  };

  it('offers the folder of the last time, which the page knows by a handle only', async () => {
    const { board, user, dialog } = await open({ 'deployments.folder': () => ({ folder: { handle: 'folder-again', name: 'shop-api' }, gone: null }) });
    await dialog().findByText('As the last time, from this computer');
    await user.keyboard('{Enter}');
    await waitFor(() =>
      expect(board.sent).toContainEqual(expect.objectContaining({ name: 'deployments.start', input: { folder: 'folder-again', host: 'fra-1', app: 'shop-api' } })),
    );
  });

  it('says where the folder of the last time is not there any more, and sends nothing', async () => {
    const { board, user, dialog } = await open({ 'deployments.folder': () => ({ folder: null, gone: 'shop-api' }) });
    await dialog().findByText('The folder shop-api, which it was deployed from before, is not there any more');
    await user.click(dialog().getByRole('button', { name: 'Deploy' }));
    expect(board.sent.some((message) => message.type === 'call' && message.name === 'deployments.start')).toBe(false);
  });

  it.each([
    ['folder', new Failure('invalid', 'There is no folder /home/ana/stock-sync', { field: 'folder' }), 'There is no folder /home/ana/stock-sync'],
    ['app', new Failure('exists', 'an app called stock-sync is there', { field: 'app', hint: 'Give another name' }), 'An app called stock-sync is there. Give another name'],
    ['entrypoint', new Failure('invalid', 'app.py is not in the folder', { field: 'entrypoint' }), 'App.py is not in the folder'],
  ])('comes back with what was said of its %s at that field, and what was typed', async (_field, failure, says) => {
    const { user, dialog } = await open(
      {
        'deployments.start': () => {
          throw failure;
        },
      },
      '/hosts/fra-1/apps',
    );
    await user.click(dialog().getByRole('button', { name: 'Choose a folder' }));
    await user.click(await dialog().findByText(/^How it starts/));
    await user.type(dialog().getByLabelText('Starts with'), 'main:site');
    await user.click(dialog().getByRole('button', { name: 'Deploy' }));
    await dialog().findByText(says);
    expect((dialog().getByLabelText('Name') as HTMLInputElement).value).toBe('stock-sync');
    expect((dialog().getByLabelText('Starts with') as HTMLInputElement).value).toBe('main:site');
    expect(location.hash).toBe('#/hosts/fra-1/apps');
    expect(document.querySelector('.tray')?.textContent).toBe('');
  });
});
