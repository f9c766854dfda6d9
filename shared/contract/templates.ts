import { z } from 'zod';
import { gitAddressRule, gitRefRule, templateNameRule } from '../rules/templates.ts';
import { ruled } from '../rules/refine.ts';
import { appName } from './apps.ts';
import { command, folderHandle, query } from './operation.ts';

const template = z.object({
  name: z.string(),
  title: z.string(),
  /** What it makes, or where it comes from. */
  text: z.string(),
  /** Whose it is: one that comes with ForgeBoard, or one of the user's, in a folder or fetched by git each time. */
  from: z.enum(['forgeboard', 'folder', 'git']),
});
export type Template = z.infer<typeof template>;

export const templates = {
  list: query({
    summary: 'What a new app can be made from: the templates of ForgeBoard and your own.',
    permission: 'read',
    input: z.object({}),
    output: z.object({ templates: z.array(template) }),
  }),
  create: command({
    summary: 'Make the folder of a new app from a template, ready to deploy. Nothing that is there is overwritten, nothing is sent.',
    permission: 'deploy',
    input: z.object({
      template: z.string().min(1).max(100).meta({ description: 'Which one, of `templates list`' }),
      name: appName,
      into: folderHandle('The folder to make it in, as a new folder of that name'),
    }),
    output: z.object({ name: z.string(), folder: z.object({ handle: z.string(), name: z.string() }), files: z.number().int() }),
    cli: { positional: ['template', 'name', 'into'] },
  }),
  add: command({
    summary: 'Keep a folder or a git repository as a template of your own. Without git it is read anew each time, with git fetched.',
    permission: 'deploy',
    input: z.object({
      name: ruled(templateNameRule, 'What to call it'),
      folder: folderHandle('Its folder').optional(),
      git: ruled(gitAddressRule, 'Or its repository: https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH').optional(),
      ref: ruled(gitRefRule, 'Branch or tag of the repository; its usual branch if not given').optional(),
    }),
    output: z.object({}),
    cli: { positional: ['name'] },
  }),
  remove: command({
    summary: 'Forget a template of your own. Its folder or repository stays as it is.',
    permission: 'deploy',
    input: z.object({ name: z.string().min(1).max(100).meta({ description: 'Which one' }) }),
    output: z.object({}),
    cli: { positional: ['name'] },
  }),
};
