import { hostNameRule } from './address.ts';
import { shown } from './names.ts';
import type { Rule } from './refine.ts';

/** The templates that ForgeBoard brings: a folder of assets/templates each, in the order of the list. */
export const ownTemplates = [
  { name: 'flask', title: 'Flask', text: 'A web page with Flask' },
  { name: 'fastapi', title: 'FastAPI', text: 'An API with FastAPI, and its documentation at /docs' },
  { name: 'django', title: 'Django', text: 'A site with Django, its admin, and a database that outlives releases' },
  { name: 'worker', title: 'Worker', text: 'A program that runs all the time, without a page' },
  { name: 'mkdocs', title: 'MkDocs', text: 'Documentation in Markdown, built on the server' },
  { name: 'static', title: 'Plain pages', text: 'HTML and CSS, served as they are' },
] as const;

/** What stands in them for the name of the new app. */
export const placeholder = 'my-app';

/** Of a template of one's own: the same as of a server. */
export const templateNameRule: Rule = (value) => {
  if (hostNameRule(value) !== null) return 'the name has 1 to 32 of a to z, 0 to 9 and hyphens, like shop-base';
  return ownTemplates.some(({ name }) => name === value) ? `"${value}" is a template of ForgeBoard's own` : null;
};

const address = /^(?:https:\/\/[\w.-]+(?::\d{1,5})?\/|ssh:\/\/(?:\w[\w.-]*@)?\w[\w.-]*(?::\d{1,5})?\/|\w[\w.-]*@\w[\w.-]*:(?!\/\/))[^\s?#]+$/;

/** Where git may fetch from: nothing that runs a program of the address's choosing, no file, no password in the open. */
export const gitAddressRule: Rule = (value) => {
  if (/^https:\/\/[^/]*@/.test(value)) return 'the address holds a user or a password; use the ssh form for a private repository, like git@example.com:me/base.git';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (value.length > 500 || /[\u0000-\u001f\u007f]/.test(value) || !address.test(value)) {
    return `"${shown(value)}" is no address that ForgeBoard lets git fetch from: https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH`;
  }
  return null;
};

/** A branch or tag; git's own rule is asked beside this one. */
export const gitRefRule: Rule = (value) => (/^[\w][\w./+-]{0,199}$/.test(value) ? null : `"${shown(value)}" is no name of a branch or tag`);
