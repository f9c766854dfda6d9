import type { Handlers } from '../dispatch.ts';
import type { Snippets } from '../store/snippets.ts';

export function snippetsFeature({ snippets }: { snippets: Snippets }): Handlers<'snippets'> {
  return {
    list: async () => ({ snippets: await snippets.list() }),
    async save({ replaces, ...snippet }) {
      await snippets.save(snippet, replaces);
      return {};
    },
    async remove({ name }) {
      await snippets.remove(name);
      return {};
    },
  };
}
