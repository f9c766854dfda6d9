import { join } from 'node:path';
import { z } from 'zod';
import { terminalLook } from '../../shared/contract/settings.ts';
import { openDocument } from './document.ts';

const looks = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  textSize: z.number().int().min(90).max(125).default(100),
  colourBlind: z.boolean().default(false),
  singleKeys: z.boolean().default(true),
  terminal: terminalLook.prefault({}),
});
export type Looks = z.output<typeof looks>;

const usual = looks.parse({});
const shape = z.object({ format: z.literal(1) }).extend(looks.shape);

/** How the window looks, in settings.yml. */
export interface Settings {
  /** The usual ones where there are none, also where they could not be read. */
  get(): Promise<Looks>;
  set(change: Partial<Looks>): Promise<Looks>;
}

/** @param recovered told when a broken file was set aside */
export function openSettings(home: string, recovered: (text: string) => void): Settings {
  const file = openDocument<z.output<typeof shape>>({
    path: join(home, 'settings.yml'),
    schema: shape as z.ZodType<z.output<typeof shape>>,
    empty: { format: 1, ...usual },
    what: 'The settings',
    recovered,
  });
  return {
    // A window opens without its settings, too; that they are gone has been told.
    get: async () => looks.parse(await file.read().catch(() => usual)),
    async set(change) {
      await file.read().catch(() => {});
      await file.change((now) => ({ ...now, ...change }));
      return looks.parse(await file.read());
    },
  };
}
