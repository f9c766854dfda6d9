import { withoutEnding } from './archive.ts';
import type { Rule } from './refine.ts';

/*
 * Rules for what a user types, checked again on the host by forgekit/names.py with the same messages.
 * test/cases/app-names.json, paths.json and entrypoints.json are run by both.
 */

/** The Unix user is fb-<app>, and Linux user names have at most 32 characters. */
const appLength = 28;
const pathBytes = 3500;
const partBytes = 255;

const reserved = new Set(
  `adm apache apache2 bin caddy certbot cron daemon dbus default docker forgeboard games localhost lp mail man
  mysql news nginx nobody postgres redis root ssh sshd sudo sync sys systemd www-data`.split(/\s+/),
);

const code = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** For messages: control characters and lone surrogates as ?, at most 80 characters. */
export function shown(text: string): string {
  const characters = [...text];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const clean = characters.slice(0, 80).map((character) => (/^[\u0000-\u001f\u007f]$|^\p{Surrogate}$/u.test(character) ? '?' : character));
  return clean.join('') + (characters.length > 80 ? '...' : '');
}

export const appNameRule: Rule = (value) => {
  const characters = [...value];
  if (value === '') return "the name is empty; an app's name has 1 to 28 characters, like shop-1";
  if (characters.length > appLength) return `the name has ${characters.length} characters; an app's name has 1 to 28`;
  for (const character of characters) {
    if (/^[a-z0-9-]$/.test(character)) continue;
    if (/^\p{L}$/u.test(character) && character > '\u007f') return `the name contains "${character}" (${code(character)}), a letter that only looks like a to z`;
    if (/^[A-Z]$/.test(character)) return `the name contains the capital letter "${character}"; only a to z, 0 to 9 and single hyphens are allowed`;
    const name = /^[ -~]$/.test(character) ? `"${character}"` : code(character);
    return `the name contains ${name}; only a to z, 0 to 9 and single hyphens are allowed`;
  }
  if (!/^[a-z]/.test(value)) return `the name must start with a letter, not with "${characters[0]}"`;
  if (value.endsWith('-')) return 'the name must not end with a hyphen';
  if (value.includes('--')) return 'the name has two hyphens in a row; only single hyphens are allowed';
  if (reserved.has(value) || value.startsWith('systemd-')) return `"${value}" is a reserved name`;
  return null;
};

/** Of a file inside the app's folder. */
export const pathRule: Rule = (value) => {
  if (value === '') return 'a path is empty';
  if (/\p{Surrogate}/u.test(value)) return `the path "${shown(value)}" is not valid Unicode`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const control = /[\u0000-\u001f\u007f]/.exec(value)?.[0];
  if (control !== undefined) return `the path "${shown(value)}" contains ${code(control)}, a control character`;
  if (value.startsWith('/')) return `the path "${shown(value)}" is absolute; paths are relative to the app's folder`;
  const size = utf8Length(value);
  if (size > pathBytes) return `the path "${shown(value)}" has ${size} bytes; 3500 are the most`;
  for (const part of value.split('/')) {
    if (part === '') return `the path "${shown(value)}" has an empty part`;
    if (part === '.' || part === '..') return `the path "${shown(value)}" contains "${part}"`;
    if (utf8Length(part) > partBytes) return `the path "${shown(value)}" has a part of ${utf8Length(part)} bytes; 255 are the most`;
    if (part === '__pycache__') return `the path "${shown(value)}" lies in __pycache__, which the host makes itself`;
  }
  return null;
};

const entrypointForm = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\(\))?$/;

export const entrypointRule: Rule = (value) => {
  if (value === '') return 'the entry point is empty; write module:object, like app:app';
  if ([...value].length > 200) return `the entry point "${shown(value)}" is longer than 200 characters`;
  if (!entrypointForm.test(value) || value.endsWith('\n')) return `the entry point "${shown(value)}" is not of the form module:object, like app:app`;
  return null;
};

const version = String.raw`(===?|~=|!=|<=|>=|<|>)[A-Za-z0-9._*!+-]{1,60}`;
const packageForm = new RegExp(String.raw`^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?(\[[A-Za-z0-9._,-]{1,100}\])?(${version}(,${version}){0,5})?$`);

/** It becomes an argument of pip: neither an option, nor a place to install from. */
export const packageRule: Rule = (value) => (packageForm.test(value) ? null : `"${shown(value)}" is not a package: a package is a name like redis, redis>=5 or uvicorn[standard]`);

/** The app's name that a folder or an archive suggests: "My Shop 2" gives my-shop-2; empty where nothing of it can be used. */
export function suggestAppName(folder: string): string {
  const base =
    folder
      .replace(/[\\/]+$/, '')
      .split(/[\\/]/)
      .pop() ?? '';
  const plain = withoutEnding(base).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, appLength)
    .replace(/-+$/, '');
}

/** UTF-8 length without Node's Buffer or a DOM's TextEncoder: this folder knows neither. */
export function utf8Length(text: string): number {
  let size = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    size += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return size;
}
