import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { drawn } from '../../../renderer/features/deployments/output.ts';
import { allSteps, ended, endOfFailure, folded, newRun, position } from '../../../renderer/features/deployments/progress.ts';
import { Failure } from '../../../shared/errors.ts';
import { failedLog, reason, untilCheck } from '../facts.ts';
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
});
