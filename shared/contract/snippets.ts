import { z } from 'zod';
import { ruled } from '../rules/refine.ts';
import { snippetNameRule, snippetTextRule } from '../rules/snippets.ts';
import { command, query } from './operation.ts';

const snippet = z.object({ name: z.string(), text: z.string() });
export type Snippet = z.infer<typeof snippet>;

export const snippets = {
  list: query({
    summary: 'The snippets: commands that you keep, to be typed into a terminal.',
    permission: 'read',
    input: z.object({}),
    output: z.object({ snippets: z.array(snippet) }),
  }),
  save: command({
    summary: 'Keep a command as a snippet, or change one. A password does not belong there: snippets are kept as plain text.',
    permission: 'administer',
    input: z.object({
      name: ruled(snippetNameRule, 'What to call it'),
      text: ruled(snippetTextRule, 'What is typed, one line or more'),
      replaces: z.string().min(1).max(100).meta({ description: 'The one that it takes the place of, also under another name' }).optional(),
    }),
    output: z.object({}),
    cli: { positional: ['name', 'text'] },
  }),
  remove: command({
    summary: 'Forget a snippet.',
    permission: 'administer',
    input: z.object({ name: z.string().min(1).max(100).meta({ description: 'Which one' }) }),
    output: z.object({}),
    cli: { positional: ['name'] },
  }),
};
