import { z } from 'zod';

/** A rule about one string: the sentence that says what is wrong, or null. Sentences name the rule and give an example. */
export type Rule = (value: string) => string | null;

/** A zod string that is checked by a rule, so that the same sentence appears at a form field and on the command line. */
export function ruled(rule: Rule, description: string) {
  return z
    .string({ error: 'text is expected' })
    .superRefine((value, context) => {
      const wrong = rule(value);
      if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
    })
    .meta({ description });
}
