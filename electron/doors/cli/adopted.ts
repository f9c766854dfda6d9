import type { z } from 'zod';
import type { Adopted, adoptions, FoundApp } from '../../../shared/contract/adoptions.ts';
import { visible } from '../../../shared/rules/visible.ts';

type Moved = z.output<(typeof adoptions)['move']['output']>;
type GivenBack = z.output<(typeof adoptions)['giveback']['output']>;

const lines = (texts: readonly string[]) => texts.map((text) => `${visible(text)}\n`).join('');

/** What runs on a server already: a paragraph each, with what to do. */
export function foundText({ found }: { found: FoundApp[] }): string {
  if (found.length === 0) return 'No Python apps run there without ForgeBoard.\n';
  return found.map(paragraph).join('\n');
}

function paragraph({ app, unit, server, what, where, url, certificate, state, canTake, reasons, todo }: FoundApp): string {
  const mark = state === 'found' ? '·' : '✓';
  const places = [where, url, certificate === null ? null : `certificate ${certificate}`].filter((part) => part !== null && part !== '');
  return lines([
    `${mark} ${unit ?? server}: ${what}${state !== 'found' ? ` (${app}, ${state})` : canTake ? ` (would be ${app})` : ''}`,
    ...places.map((part) => `  ${part}`),
    ...reasons.map((reason) => `  ! ${reason}`),
    `  ${todo}`,
  ]);
}

const planText = ({ effects, warnings, obstacles, files, digest }: Adopted) =>
  `${lines([
    ...effects,
    ...warnings.map((warning) => `! ${warning}`),
    ...obstacles.map((obstacle) => `✗ ${obstacle}`),
    ...files.flatMap(({ path, kind, diff }) => ['', `${kind} ${path}`, ...diff.trimEnd().split('\n')]),
  ])}\n${obstacles.length > 0 ? 'It cannot be done as it is: see the lines marked ✗.' : `Plan ${digest}`}\n`;

export const takenText = (plan: Adopted) =>
  plan.done ? `${plan.app} is taken over; ${plan.unit} runs on, process ${plan.pid}.\nMove it to slots when you like: forgeboard adoptions move ${plan.app}\n` : planText(plan);

export const movedText = (plan: Moved) =>
  plan.done
    ? `${plan.app} runs in slots, as release ${plan.release}. ${(plan.ms / 1000).toFixed(1)} s.\n${plan.unit} is stopped once it has answered what it had begun. To undo it: forgeboard adoptions giveback ${plan.app}\n${plan.url ?? ''}\n`
    : planText(plan);

export const givenBackText = (plan: GivenBack) =>
  plan.done
    ? `${plan.app} is given back: ${plan.unit} runs, process ${plan.pid}.${plan.archive === null ? '' : ` What was in slots is kept for 30 days: ${plan.archive}`}\n`
    : planText(plan);
