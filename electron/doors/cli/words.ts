import type { z } from 'zod';
import type { apps } from '../../../shared/contract/apps.ts';
import type { DeploymentProgress, DeploymentResult } from '../../../shared/contract/deployments.ts';
import type { hosts, Progress } from '../../../shared/contract/hosts.ts';
import type { LogEntry } from '../../../shared/contract/logs.ts';
import { visible } from '../../../shared/rules/visible.ts';
import { readable } from './print.ts';

type Check = z.output<(typeof hosts)['check']['output']>;
type Prepared = z.output<(typeof hosts)['prepare']['output']>;
type Started = z.output<(typeof apps)['start']['output']>;
type Stopped = z.output<(typeof apps)['stop']['output']>;
type Removed = z.output<(typeof apps)['remove']['output']>;

const marks = { ok: '✓', note: '·', warning: '!', stop: '✗' } as const;
const seconds = (ms: number) => (ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms / 1000)} s`);

const planned = ({ steps, changes, done }: Prepared) => {
  if (changes === 0) return 'Nothing to change.\n';
  if (done) return `Done. ${changes} changed.\n`;
  return `${steps
    .filter((step) => step.changed)
    .map((step) => `+ ${visible(step.text)}\n`)
    .join('')}${changes} would change.\n`;
};

/** How results read to a person, by operation. One that is not listed is printed as names and values. */
export const results: Record<string, (value: never) => string> = {
  'hosts.check': ({ ready, findings }: Check) =>
    `${findings
      .map(({ level, subject, text, hint }) => `${marks[level]} ${subject.padEnd(11)} ${visible(text)}\n${hint === null ? '' : `              ${visible(hint)}\n`}`)
      .join('')}${ready ? '' : 'Not ready: see the lines marked ✗.\n'}`,
  'hosts.prepare': planned,
  'hosts.uninstall': planned,
  'hosts.list': (value: { hosts: unknown[] }) => (value.hosts.length === 0 ? 'No servers yet. Add one: forgeboard hosts add NAME USER@ADDRESS --identity FILE\n' : readable(value)),
  'apps.list': (value: { apps: unknown[] }) => (value.apps.length === 0 ? 'No apps yet. Deploy one: forgeboard deploy FOLDER --host NAME\n' : readable(value)),
  'hosts.add': ({ name, fingerprint }: { name: string; fingerprint: string }) => `${name} is added. Its host key is ${fingerprint}\n`,
  'hosts.remove': ({ removed }: Removed) => `${removed} is forgotten here. The server itself was not touched.\n`,
  'apps.remove': ({ removed }: Removed) => `${removed} is removed.\n`,
  'deployments.start': ({ outcome, release, ms, uploadedFiles, url }: DeploymentResult) =>
    outcome === 'unchanged'
      ? `Release ${release} is this very folder: nothing was changed.\n${url}\n`
      : `Release ${release} is live. ${seconds(ms)}, ${uploadedFiles} ${uploadedFiles === 1 ? 'file' : 'files'} uploaded.\n${url}\n`,
  'deployments.rollback': ({ release, ms, url }: DeploymentResult) => `Release ${release} is live again. ${seconds(ms)}.\n${url}\n`,
  'apps.restart': ({ app, release, ms, url }: Started) => `${app} is restarted, release ${release}. ${seconds(ms)}.\n${url}\n`,
  'apps.start': ({ app, outcome, release, ms, url }: Started) =>
    outcome === 'unchanged' ? `${app} runs already.\n${url}\n` : `${app} is started, release ${release}. ${seconds(ms)}.\n${url}\n`,
  'apps.stop': ({ stopped, changed }: Stopped) => (changed ? `${stopped} is stopped, also after a reboot.\n` : `${stopped} was stopped already.\n`),
  'logs.tail': () => '',
};

type Event = Progress | DeploymentProgress | LogEntry;

/** How much of a step's output is shown when it fails. */
const shownLines = 40;

/**
 * Turns events into lines for a person: a step when it ended, and the output of a step only if it failed (or always, with
 * `all`). Log lines are the result itself.
 */
export function eventPrinter(all: boolean): (event: Event) => string {
  let held: string[] = [];
  return (event) => {
    switch (event.type) {
      case 'line':
        return `${event.at.slice(0, 23).replace('T', ' ')}  ${visible(event.text)}\n`;
      case 'step': {
        if (event.status === 'running') return '';
        const output = event.status === 'failed' ? held.join('') : '';
        held = [];
        return output + stepText(event);
      }
      case 'output': {
        const lines = event.text
          .trimEnd()
          .split('\n')
          .map((line) => `  ${visible(line)}\n`);
        if (all) return lines.join('');
        held = [...held, ...lines].slice(-shownLines);
        return '';
      }
      case 'note':
        return `${visible(event.text)}\n`;
      case 'started':
        return '';
    }
  };
}

function stepText(step: Extract<Event, { type: 'step' }>): string {
  const mark = step.status === 'done' ? '✓' : step.status === 'failed' ? '✗' : '·';
  const took = 'ms' in step && step.ms !== undefined ? seconds(step.ms) : '';
  return `${mark} ${visible(step.name).padEnd(12)} ${took.padStart(7)}  ${step.detail === undefined ? '' : visible(step.detail)}`.trimEnd().concat('\n');
}
