import { z } from 'zod';

/** How many of its newest releases an app keeps where nothing else is said. */
export const usualKeep = 5;

/**
 * What is wrong with a number of releases to keep (`keep_releases`), or null. What serves and what served before it stay
 * besides. forgekit/names.py has the same rule; test/cases/keep-releases.json is run by both.
 */
export function keepProblem(value: unknown): string | null {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 50) return null;
  return 'the number of releases to keep must be a whole number from 1 to 50';
}

/** The same for zod. */
export const keepRule = z.custom<number>((value) => keepProblem(value) === null, { error: ({ input }) => keepProblem(input) ?? '' });
