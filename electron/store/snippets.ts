import { join } from 'node:path';
import { z } from 'zod';
import type { Snippet } from '../../shared/contract/snippets.ts';
import { Failure } from '../../shared/errors.ts';
import { ruled } from '../../shared/rules/refine.ts';
import { snippetNameRule, snippetTextRule } from '../../shared/rules/snippets.ts';
import { openDocument } from './document.ts';

const shape = z.object({ format: z.literal(1), snippets: z.array(z.object({ name: ruled(snippetNameRule, ''), text: ruled(snippetTextRule, '') })) });

/** Commands that the user keeps, in snippets.yml, in the order of their names. */
export interface Snippets {
  list(): Promise<Snippet[]>;
  /**
   * @param replaces the one that it takes the place of, which may have the same name
   * @throws Failure exists; not-found where nothing is called what it replaces
   */
  save(snippet: Snippet, replaces?: string): Promise<void>;
  /** @throws Failure not-found */
  remove(name: string): Promise<void>;
}

/** @param recovered told when a broken file was set aside */
export function openSnippets(home: string, recovered?: (text: string) => void): Snippets {
  const file = openDocument({ path: join(home, 'snippets.yml'), schema: shape, empty: { format: 1 as const, snippets: [] }, what: 'The list of snippets', recovered });
  /** @throws Failure not-found */
  const without = (snippets: Snippet[], gone: string): Snippet[] => {
    if (!snippets.some(({ name }) => name === gone)) throw new Failure('not-found', `No snippet is called ${gone}`, { field: 'name', hint: 'See: forgeboard snippets list' });
    return snippets.filter(({ name }) => name !== gone);
  };
  return {
    list: async () => (await file.read()).snippets,
    save: ({ name, text }, replaces) =>
      file.change(({ snippets }) => {
        const others = replaces === undefined ? snippets : without(snippets, replaces);
        if (others.some((one) => one.name === name)) throw new Failure('exists', `A snippet called ${name} is there already`, { field: 'name' });
        return { format: 1, snippets: [...others, { name, text }].sort((a, b) => a.name.localeCompare(b.name)) };
      }),
    remove: (name) => file.change(({ snippets }) => ({ format: 1, snippets: without(snippets, name) })),
  };
}
