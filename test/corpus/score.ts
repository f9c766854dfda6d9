import type { Inspection } from '../../shared/contract/imports.ts';
import type { Case } from './truth.ts';

/** What was asked for and what was right, and a line for each miss. */
export interface Score {
  kind: Tally;
  entrypoint: Tally;
  dependencies: Tally;
  /** Required variables: `right` of `of` were found; `wrong` more were said to be required and are not. */
  required: Tally & { wrong: number };
  misses: { name: string; what: string; said: string; is: string; why?: string }[];
}

interface Tally {
  right: number;
  of: number;
}

/** In per cent, as the issue says them; `wrong` of what was said to be required. */
export const targets = { kind: 95, entrypoint: 92, dependencies: 97, required: 90, wrong: 10 };

export const emptyScore = (): Score => ({
  kind: { right: 0, of: 0 },
  entrypoint: { right: 0, of: 0 },
  dependencies: { right: 0, of: 0 },
  required: { right: 0, of: 0, wrong: 0 },
  misses: [],
});

/** Counts what was said of one case. */
export function mark(score: Score, { name, truth }: Case, said: Inspection): void {
  const miss = (what: string, wrong: string, is: string) => void score.misses.push({ name, what, said: wrong, is, ...(truth.missed !== undefined && { why: truth.missed }) });
  const count = (tally: Tally, right: boolean, what: string, wrong: string, is: readonly string[]) => {
    tally.of += 1;
    if (right) tally.right += 1;
    else miss(what, wrong, is.join(' or '));
  };
  count(score.kind, truth.type.includes(said.type), 'kind', said.type, truth.type);
  if (truth.type.includes('none') && said.type === 'none') return;

  if (truth.entrypoint !== undefined) {
    const right = truth.root.includes(said.root) && truth.entrypoint.includes(said.entrypoint ?? '');
    const places = truth.entrypoint.map((one) => (truth.root[0] === '.' ? one : `${one} in ${truth.root[0]}`));
    count(score.entrypoint, right, 'entry point', `${said.entrypoint} in ${said.root}`, places);
  }
  if (truth.dependencies !== undefined) {
    const { source, file } = said.dependencies;
    const right = truth.dependencies.includes(source) && (truth.file === undefined || truth.file.some((one) => file === one));
    count(score.dependencies, right, 'packages', `${source} (${file})`, [...truth.dependencies, ...(truth.file ?? [])]);
  }
  if (truth.required !== undefined) {
    const found = said.environment.filter(({ required }) => required).map((variable) => variable.name);
    for (const one of truth.required) {
      const known = said.environment.some((variable) => variable.name === one);
      count(score.required, found.includes(one), 'variable', known ? `${one} is optional` : `${one} is not found`, [`${one} is required`]);
    }
    for (const one of found.filter((other) => ![...(truth.required ?? []), ...truth.either].includes(other))) {
      score.required.wrong += 1;
      miss('variable', `${one} is required`, truth.optional.includes(one) ? `${one} is optional` : `${one} is not needed`);
    }
  }
}

export const percent = (right: number, of: number): number => (of === 0 ? 100 : Math.floor((right / of) * 1000) / 10);

/** Required variables that are none, of all that were said to be. */
export const wrongPercent = ({ right, wrong }: Score['required']): number => (wrong === 0 ? 0 : Math.ceil((wrong / (right + wrong)) * 1000) / 10);

/** The table for people: one line a figure, then each miss with what was said and what is true. */
export function table(title: string, score: Score): string {
  const line = (what: string, { right, of }: Tally, target: number) =>
    `${what.padEnd(26)}${`${right} of ${of}`.padStart(12)}${`${percent(right, of)} %`.padStart(9)}   ${percent(right, of) >= target ? 'at least' : 'MISSED:'} ${target} %`;
  const { required } = score;
  const figures = [
    line('kind', score.kind, targets.kind),
    line('entry point', score.entrypoint, targets.entrypoint),
    line('source of packages', score.dependencies, targets.dependencies),
    line('required variables found', required, targets.required),
    `${'required variables false'.padEnd(26)}${`${required.wrong} of ${required.right + required.wrong}`.padStart(12)}${`${wrongPercent(required)} %`.padStart(9)}   ${wrongPercent(required) <= targets.wrong ? 'at most' : 'MISSED:'} ${targets.wrong} %`,
  ];
  const widest = Math.max(0, ...score.misses.map(({ name }) => name.length));
  const misses = score.misses.map(
    ({ name, what, said, is, why }) => `  ${name.padEnd(widest)}  ${what.padEnd(12)} said: ${said}; true: ${is}${why === undefined ? '' : ` (${why})`}`,
  );
  return [title, '', ...figures, '', score.misses.length === 0 ? 'No miss.' : `${score.misses.length} misses:`, ...misses, ''].join('\n');
}
