import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { placeholder } from '../../../shared/rules/templates.ts';
import type { TemplateFile } from '../templates.ts';

/** In a bundle they lie beside the code, in a checkout among the assets. */
const place = ['./templates/', '../../../assets/templates/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url))).find((folder) => existsSync(join(folder, 'flask')));

/** A template that comes with ForgeBoard, with the app's name where it belongs. */
export function ownTemplate(name: string, app: string): TemplateFile[] {
  if (place === undefined) throw new Error('the templates are missing from this installation');
  const top = join(place, name);
  const walk = (under: string): TemplateFile[] =>
    readdirSync(join(top, under), { withFileTypes: true }).flatMap((entry) => {
      const path = under + entry.name;
      if (entry.isDirectory()) return entry.name === '__pycache__' ? [] : walk(`${path}/`);
      return {
        // An installer leaves out what is called .gitignore.
        path: path.replace(/(^|\/)gitignore$/, '$1.gitignore'),
        executable: entry.name === 'manage.py',
        bytes: async () => Buffer.from((await readFile(join(top, path), 'utf8')).replaceAll(placeholder, app)),
      };
    });
  return walk('');
}
