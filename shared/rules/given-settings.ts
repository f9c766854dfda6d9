import { parse } from 'yaml';
import { Failure } from '../errors.ts';
import { appSettings } from './app-settings.ts';
import { shown } from './names.ts';
import { settingForms } from './setting-words.ts';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Changes of an entry as people give them: NAME=VALUE, where the parts of a map may be named one by one (processes.mail=...)
 * and a list has one item a line; names alone are taken out. The values are those that apps.yml will hold; null takes out.
 * @throws Failure invalid on the setting as field, in the words of its rule
 */
export function givenSettings(set: readonly string[], unset: readonly string[], entry: Record<string, unknown>): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  const now = (name: string) => (name in changes ? changes[name] : entry[name]);
  for (const text of set) {
    const [, path, value] = /^([^=]*)=([\s\S]*)$/.exec(text) ?? [];
    if (path === undefined || value === undefined) throw new Failure('invalid', 'write NAME=VALUE, like memory=512M', { field: 'set' });
    const [name, part] = named(path.trim(), 'set');
    changes[name] = part === undefined ? meant(name, value) : { ...asRecord(now(name)), [part]: partMeant(name, value) };
  }
  for (const path of unset) {
    const [name, part] = named(path.trim(), 'unset');
    const rest = part === undefined ? {} : Object.fromEntries(Object.entries(asRecord(now(name))).filter(([key]) => key !== part));
    changes[name] = Object.keys(rest).length === 0 ? null : rest;
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) continue;
    const parsed = appSettings.shape[name as keyof typeof appSettings.shape].safeParse(value);
    if (!parsed.success) throw new Failure('invalid', parsed.error.issues[0]?.message ?? 'it breaks a rule', { field: name });
  }
  return changes;
}

function named(path: string, field: string): [name: string, part: string | undefined] {
  const [name = '', ...parts] = path.split('.');
  const form = settingForms.find((one) => one.name === name)?.form;
  if (name === 'domain' || name === 'domains') throw new Failure('invalid', 'domains are added and removed: forgeboard domains add APP DOMAIN --host HOST', { field });
  if (form === undefined || parts.length > (form === 'map' ? 1 : 0)) {
    throw new Failure('invalid', `there is no setting called "${shown(path)}"`, { field, hint: `There are: ${settingForms.map((one) => one.name).join(', ')}` });
  }
  return [name, parts[0]];
}

const asRecord = (value: unknown) => (isRecord(value) ? value : {});

function meant(name: string, text: string): unknown {
  const form = settingForms.find((one) => one.name === name)?.form;
  if (form === 'number') return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text;
  if (form === 'switch') return { true: true, false: false }[text.trim()] ?? text;
  if (form === 'text') return text;
  if (/^\s*[[{]/.test(text)) return structured(name, text);
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (form === 'list') return lines;
  return Object.fromEntries(
    lines.map((line) => {
      const [, part, value] = /^([^:]*):\s*(.*)$/.exec(line) ?? [];
      if (part === undefined || value === undefined) throw new Failure('invalid', `"${shown(line)}" is not of the form name: command`, { field: name });
      return [part.trim(), partMeant(name, value)];
    }),
  );
}

/** A schedule is given as in a crontab: five fields, and what runs then. */
function partMeant(name: string, text: string): unknown {
  if (/^\s*\{/.test(text)) return structured(name, text);
  if (name !== 'schedules') return text;
  const [, at, command] = /^\s*((?:\S+\s+){4}\S+)\s+(\S[\s\S]*)$/.exec(text) ?? [];
  if (at === undefined || command === undefined)
    throw new Failure('invalid', 'a schedule is five fields as in cron and a command, like 0 3 * * * python nightly.py', { field: name });
  return { at, command };
}

function structured(name: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    throw new Failure('invalid', `"${shown(text)}" is neither a text nor a list or map as in YAML`, { field: name });
  }
}
