import { type Candidate, depthOf, penalties } from './candidate.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { within } from './project.ts';
import { rootOf } from './roots.ts';

const brokers =
  /^(celery\.(app\.)?Celery|celery\.app\.base\.Celery|huey\.\w*Huey|huey\.contrib\.\w+\.\w*Huey|arq\.Worker|faust\.App|taskiq\w*\.\w*Broker|procrastinate\.App|dramatiq\.brokers\.\w+\.\w+Broker)$/;

/** What starts the workers of a queue, by the package that it is of. */
const commands: [RegExp, (module: string, name: string) => string][] = [
  [/^dramatiq\./, (module) => `dramatiq ${module}`],
  [/^huey\./, (module, name) => `huey_consumer ${module}.${name}`],
  [/^taskiq/, (module, name) => `taskiq worker ${module}:${name}`],
  [/^faust\./, (module) => `faust -A ${module} worker`],
  [/^procrastinate\./, (module, name) => `procrastinate --app=${module}.${name} worker`],
  [/^arq\./, (module, name) => `arq ${module}.${name}`],
];

/** A candidate of a queue, with the command that starts its workers. */
export interface Queue extends Candidate {
  starts: string;
}

/** An application of Celery or its kind, which the command of its package starts. */
export function queueCandidates(facts: Facts): Queue[] {
  return [...facts.project.sheets.values()].flatMap((sheet) =>
    [...sheet.assigned].flatMap(([name, { value, line }]) => {
      const full = value.kind === 'call' ? sheet.calls.find(({ call }) => call === value)?.name : undefined;
      if (farness(sheet.path) === 3 || full === undefined || !brokers.test(full) || facts.project.isOwn(full)) return [];
      const root = rootOf(facts, sheet);
      const module = within(root, sheet.path)
        ?.replace(/(\/__init__)?\.py$/, '')
        .replaceAll('/', '.');
      const score = 44 - 4 * depthOf(sheet.path) - penalties[farness(sheet.path)];
      return module === undefined
        ? []
        : [
            {
              type: 'worker' as const,
              served: 'script' as const,
              path: sheet.path,
              root,
              entrypoint: `${module}:${name}`,
              starts: commands.find(([pattern]) => pattern.test(full))?.[1](module, name) ?? `celery -A ${module} worker`,
              score,
              confidence: 'likely' as const,
              evidence: [evidenceAt(facts, sheet.path, line)],
            },
          ];
    }),
  );
}
