import { isMap, isSeq, LineCounter, parseDocument, stringify, type YAMLMap, type YAMLSeq } from 'yaml';
import { z } from 'zod';
import { Failure } from '../errors.ts';

/**
 * One app in /etc/forgeboard/apps.yml. Unknown keys are kept: registries of the original ForgeBoard carry more
 * (description, path, virtualenv, status), and people add their own.
 */
export const registryEntry = z.looseObject({
  slug: z.string(),
  name: z.string().optional(),
  type: z.string().optional(),
  /** Where nginx listens for an app without a domain. */
  port: z.number().int().min(1).max(65535).optional(),
  /** module:object */
  entry_point: z.string().optional(),
  workers: z.number().int().min(1).max(64).optional(),
  /** Seconds after a switch in which a crash switches back; 0: off. */
  watch_seconds: z.number().int().min(0).max(600).optional(),
});
export type RegistryEntry = z.infer<typeof registryEntry>;

const registry = z.looseObject({ apps: z.array(registryEntry).nullish() });

const file = '/etc/forgeboard/apps.yml';
const maximumLength = 1_000_000;
/** Apps without a domain get the first free port from here on. */
const firstPort = 8100;

/** Parses apps.yml. @throws Failure config-invalid, naming line and column */
export function readRegistry(text: string): RegistryEntry[] {
  return open(text).entries;
}

function open(text: string): { entries: RegistryEntry[]; list: YAMLSeq | null; isEmpty: boolean } {
  if (text.length > maximumLength) throw new Failure('config-invalid', `${file} is larger than 1 MB`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new Failure('config-invalid', `${file}:${line}:${col}: ${broken.message.split('\n')[0]}`, { hint: 'Mend that line on the server; nothing was changed.' });
  }
  // maxAliasCount: an "anchor bomb" of a few lines would otherwise grow to gigabytes.
  const parsed = registry.safeParse(document.toJS({ maxAliasCount: 50 }) ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Failure('config-invalid', `${file}: ${issue?.path.join('.')}: ${issue?.message}`, { hint: 'Mend it on the server; nothing was changed.' });
  }
  const list = isMap(document.contents) ? (document.contents as YAMLMap).get('apps', true) : null;
  return { entries: parsed.data.apps ?? [], list: isSeq(list) ? list : null, isEmpty: document.contents === null };
}

/** The text with one more app, every other byte as it was. */
export function withEntry(text: string, entry: RegistryEntry): string {
  const { entries, list } = open(text);
  const ending = text === '' || text.endsWith('\n') ? '' : '\n';
  const last = list?.items[list.items.length - 1] as { range?: [number, number, number] } | undefined;
  let edited: string;
  if (list !== null && !list.flow && last?.range !== undefined && list.range) {
    const indent = columnOf(text, list.range[0]);
    const at = endOfLine(text, last.range[1]);
    edited = `${text.slice(0, at)}${text[at - 1] === '\n' ? '' : '\n'}${item(entry, indent)}${text.slice(at)}`;
  } else if (list === null || list.items.length === 0) {
    const line = /^apps:[ \t]*(?:\[[ \t]*\]|~|null)?[ \t]*(?:#.*)?$/m;
    edited = line.test(text) ? text.replace(line, `apps:\n${item(entry, 2).trimEnd()}`) : `${text}${ending}apps:\n${item(entry, 2)}`;
  } else {
    throw new Failure('config-invalid', `${file}: apps is written as [..., ...]; one app a line with "- " can be extended`);
  }
  return proved(edited, [...entries, entry]);
}

/** The text without one app, every other byte as it was; the same text where it is not there. */
export function withoutEntry(text: string, slug: string): string {
  const { entries, list } = open(text);
  const index = entries.findIndex((entry) => entry.slug === slug);
  if (index < 0 || list === null) return text;
  if (list.flow) throw new Failure('config-invalid', `${file}: apps is written as [..., ...]; take ${slug} out by hand`);
  const range = (list.items[index] as { range?: [number, number, number] }).range;
  if (range == null) throw new Failure('config-invalid', `${file}: the entry of ${slug} has no place in the text`);
  const from = startOfLine(text, range[0]);
  const to = endOfLine(text, range[1]);
  const rest = `${text.slice(0, from)}${text.slice(to)}`;
  const edited = entries.length === 1 ? rest.replace(/^apps:[ \t]*$/m, 'apps: []') : rest;
  return proved(
    edited,
    entries.filter((_entry, position) => position !== index),
  );
}

/** The text of one app's entry, whole lines; null where it is not there or has no lines of its own. */
export function entryText(text: string, slug: string): string | null {
  const place = placeOf(text, slug);
  return place === null ? null : text.slice(place.from, place.to);
}

/**
 * The text with an app's entry as it was once (a text that entryText gave), every other byte as it is; it is added where
 * the app has no entry any more. @throws Failure config-invalid where that cannot be done without changing something else
 */
export function withEntryText(text: string, slug: string, entry: string): string {
  const { entries } = open(text);
  const [wanted] = readRegistry(`apps:\n${entry}`);
  if (wanted?.slug !== slug) throw new Failure('config-invalid', `The kept entry is not one of ${slug}`);
  const place = placeOf(text, slug);
  if (place === null) return withEntry(text, wanted);
  const spaces = (part: string) => ' '.repeat(part.length - part.trimStart().length);
  const [was, is] = [spaces(entry), spaces(text.slice(place.from, place.to))];
  const moved = was === is ? entry : entry.replace(new RegExp(`^${was}`, 'gm'), is);
  const edited = `${text.slice(0, place.from)}${moved}${moved.endsWith('\n') || place.to === text.length ? '' : '\n'}${text.slice(place.to)}`;
  return proved(
    edited,
    entries.map((known) => (known.slug === slug ? wanted : known)),
  );
}

function placeOf(text: string, slug: string): { from: number; to: number } | null {
  const { entries, list } = open(text);
  const index = entries.findIndex((entry) => entry.slug === slug);
  if (index < 0 || list === null || list.flow) return null;
  const range = (list.items[index] as { range?: [number, number, number] }).range;
  return range == null ? null : { from: startOfLine(text, range[0]), to: endOfLine(text, range[1]) };
}

/** The first port from 8100 that no app has. */
export function freePort(entries: RegistryEntry[]): number {
  const taken = new Set(entries.map((entry) => entry.port));
  let port = firstPort;
  while (taken.has(port)) port += 1;
  return port;
}

function item(entry: RegistryEntry, indent: number): string {
  const [first = '', ...rest] = stringify(entry).trimEnd().split('\n');
  const space = ' '.repeat(indent);
  return `${space}- ${first}\n${rest.map((line) => `${space}  ${line}\n`).join('')}`;
}

/** An edit of text is believed only after it was read back. */
function proved(text: string, expected: RegistryEntry[]): string {
  if (JSON.stringify(readRegistry(text)) !== JSON.stringify(expected)) {
    throw new Failure('config-invalid', `${file} could not be edited without changing something else in it`, {
      hint: 'Write each app as a list item of its own, or edit it by hand.',
    });
  }
  return text;
}

const startOfLine = (text: string, at: number) => text.lastIndexOf('\n', at - 1) + 1;
const columnOf = (text: string, at: number) => at - startOfLine(text, at);
function endOfLine(text: string, at: number): number {
  if (text[at - 1] === '\n') return at;
  const next = text.indexOf('\n', at);
  return next < 0 ? text.length : next + 1;
}
