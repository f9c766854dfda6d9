import { z } from 'zod';

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => (typeof value === 'string' ? [value] : value));

/**
 * What a person who knows the project would say of it, as its own words say to run it. Where two answers are right, both are
 * there. What is not said is not scored.
 */
export const truth = z.strictObject({
  type: oneOrMore,
  root: oneOrMore.default(['.']),
  entrypoint: oneOrMore.optional(),
  /** The source of its packages, and the file where there is a choice. */
  dependencies: oneOrMore.optional(),
  file: oneOrMore.optional(),
  /** Without these it does not start, or fails when it gets there. */
  required: z.array(z.string()).optional(),
  /** Read, and done without. */
  optional: z.array(z.string()).default([]),
  /** Both can be said. */
  either: z.array(z.string()).default([]),
  /** Why it is missed, where no rule that more than this case needs would find it. */
  missed: z.string().optional(),
});
export type Truth = z.output<typeof truth>;

/** A project of the corpus: where its files lie, and what is true of it. */
export interface Case {
  name: string;
  about: string;
  folder: string;
  truth: Truth;
}
