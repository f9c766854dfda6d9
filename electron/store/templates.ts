import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../shared/errors.ts';
import { openDocument } from './document.ts';

const kept = z.union([z.object({ name: z.string(), folder: z.string() }), z.object({ name: z.string(), git: z.string(), ref: z.string().optional() })]);
/** A template of the user's own: a folder on this computer, or a repository. */
export type KeptTemplate = z.infer<typeof kept>;

const shape = z.object({ format: z.literal(1), templates: z.array(kept) });

/** The templates that the user added, in templates.yml. */
export interface Templates {
  list(): Promise<KeptTemplate[]>;
  /** @throws Failure exists */
  add(template: KeptTemplate): Promise<void>;
  /** @throws Failure not-found */
  remove(name: string): Promise<void>;
}

/** @param recovered told when a broken file was set aside */
export function openTemplates(home: string, recovered?: (text: string) => void): Templates {
  const file = openDocument({ path: join(home, 'templates.yml'), schema: shape, empty: { format: 1, templates: [] }, what: 'The list of templates', recovered });
  return {
    list: async () => (await file.read()).templates,
    add: (added) =>
      file.change(({ templates }) => {
        if (templates.some(({ name }) => name === added.name)) throw new Failure('exists', `A template called ${added.name} is known already`, { field: 'name' });
        return { format: 1, templates: [...templates, added] };
      }),
    remove: (gone) =>
      file.change(({ templates }) => {
        if (!templates.some(({ name }) => name === gone)) throw new Failure('not-found', `No template of yours is called ${gone}`, { field: 'name' });
        return { format: 1, templates: templates.filter(({ name }) => name !== gone) };
      }),
  };
}
