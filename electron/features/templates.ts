import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Failure } from '../../shared/errors.ts';
import { ownTemplates } from '../../shared/rules/templates.ts';
import type { Handlers } from '../dispatch.ts';
import { folderTemplate } from '../engine/templates/folder.ts';
import { withClone } from '../engine/templates/git.ts';
import { ownTemplate } from '../engine/templates/own.ts';
import { make } from '../engine/templates.ts';
import type { FolderHandles } from '../store/folders.ts';
import type { KeptTemplate, Templates } from '../store/templates.ts';

export function templatesFeature({ folders, templates }: { folders: FolderHandles; templates: Templates }): Handlers<'templates'> {
  const pathOf = (folder: string) => folders.path(folder, { host: '', app: undefined });
  return {
    async list() {
      const own = ownTemplates.map((one) => ({ ...one, from: 'forgeboard' as const }));
      return { templates: [...own, ...(await templates.list()).map(listed)] };
    },
    async create({ template, name, into }, { signal }) {
      const place = pathOf(into);
      const made = async (files: Parameters<typeof make>[0]) => {
        const path = await make(files, place, name, signal);
        return { name, folder: { handle: folders.open(path), name }, files: files.length };
      };
      if (ownTemplates.some((own) => own.name === template)) return made(ownTemplate(template, name));
      const kept = (await templates.list()).find((one) => one.name === template);
      if (kept === undefined) throw new Failure('not-found', `No template is called ${template}`, { field: 'template', hint: 'See: forgeboard templates list' });
      if ('git' in kept) return withClone(kept, signal, async (folder) => made(await folderTemplate(folder, signal)));
      return made(await folderTemplate(kept.folder, signal));
    },
    async add({ name, folder, git, ref }) {
      if ((folder === undefined) === (git === undefined)) throw new Failure('invalid', 'Give a folder or a repository, one of the two', { field: 'git' });
      if (git !== undefined) {
        await templates.add({ name, git, ...(ref !== undefined && { ref }) });
        return {};
      }
      const path = pathOf(folder ?? '');
      if ((await stat(path).catch(() => null))?.isDirectory() !== true) throw new Failure('not-found', `There is no folder ${path}`, { field: 'folder' });
      await templates.add({ name, folder: path });
      return {};
    },
    async remove({ name }) {
      await templates.remove(name);
      return {};
    },
  };
}

const listed = (one: KeptTemplate) =>
  'git' in one
    ? { name: one.name, title: one.name, text: one.ref === undefined ? one.git : `${one.git}, ${one.ref}`, from: 'git' as const }
    : { name: one.name, title: one.name, text: `The folder ${basename(one.folder)} on this computer`, from: 'folder' as const };
