import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, stringify, type YAMLMap, type YAMLSeq } from 'yaml';
import { z } from 'zod';
import { Failure } from '../errors.ts';

/**
 * One app in /etc/forgeboard/apps.yml. Unknown keys are kept: registries of the original ForgeBoard carry more
 * (description, path, virtualenv, status), and people add their own. What a key of ours says is checked where it is used
 * (wanted.ts), so that a mistake in one app's entry does not keep the others from being read.
 */
export const registryEntry = z.looseObject({
  slug: z.string(),
  name: z.string().optional(),
  /** Where nginx listens for an app without a domain. */
  port: z.number().int().min(1).max(65535).optional(),
});
export type RegistryEntry = z.infer<typeof registryEntry>;

const registry = z.looseObject({ apps: z.array(registryEntry).nullish() });

const file = '/etc/forgeboard/apps.yml';
const maximumLength = 1_000_000;
/** Apps without a domain get the first free port from here on. */
const firstPort = 8100;

/** Parses apps.yml. @throws Failure config-invalid, naming line and column */
export function readRegistry(text: string): readonly RegistryEntry[] {
  // Of 100 apps it takes 8 ms, twice in each deployment, and is mostly what it was.
  if (lastRead?.text !== text) lastRead = { text, entries: openRegistry(text).entries };
  return lastRead.entries;
}

let lastRead: { text: string; entries: readonly RegistryEntry[] } | undefined;

/** The registry as nodes with their places, for edits of its text. @throws Failure config-invalid, naming line and column */
export function openRegistry(text: string): { document: Document.Parsed; entries: readonly RegistryEntry[]; list: YAMLSeq | null } {
  if (text.length > maximumLength) throw new Failure('config-invalid', `${file} is larger than 1 MB`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new Failure('config-invalid', `${file}:${line}:${col}: ${broken.message.split('\n')[0]}`, { hint: 'Mend that line on the server; nothing was changed.' });
  }
  const parsed = registry.safeParse(plainOf(document) ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Failure('config-invalid', `${file}: ${issue?.path.join('.')}: ${issue?.message}`, { hint: 'Mend it on the server; nothing was changed.' });
  }
  const list = isMap(document.contents) ? (document.contents as YAMLMap).get('apps', true) : null;
  return { document, entries: parsed.data.apps ?? [], list: isSeq(list) ? list : null };
}

/** What the text says, without places. An "anchor bomb" of a few lines would grow to gigabytes; here it is an error. */
export function plainOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    throw new Failure('config-invalid', `${file}: ${error instanceof Error ? error.message : 'it cannot be read'}`, { hint: 'Mend it on the server; nothing was changed.' });
  }
}

/** The text with one more app, every other byte as it was. */
export function withEntry(text: string, entry: RegistryEntry): string {
  const { entries, list } = openRegistry(text);
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
  const { entries, list } = openRegistry(text);
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
  const { entries } = openRegistry(text);
  const [wanted] = readRegistry(`apps:\n${entry}`);
  if (wanted?.slug !== slug) throw new Failure('config-invalid', `The kept entry is not one of ${slug}`);
  const place = placeOf(text, slug);
  if (place === null) {
    const added = withEntry(text, wanted);
    return placeOf(added, slug) === null ? added : withEntryText(added, slug, entry);
  }
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
  const { entries, list } = openRegistry(text);
  const index = entries.findIndex((entry) => entry.slug === slug);
  if (index < 0 || list === null || list.flow) return null;
  const range = (list.items[index] as { range?: [number, number, number] }).range;
  return range == null ? null : { from: startOfLine(text, range[0]), to: endOfLine(text, range[1]) };
}

/** The text of an app's entry (one that entryText gave) with another port; the same text where it names none. */
export function withPort(entry: string, port: number): string {
  const document = parseDocument(`apps:\n${entry}`);
  const found = document.getIn(['apps', 0, 'port'], true);
  const range = isScalar(found) ? found.range : null;
  if (range == null) return entry;
  const [from, to] = [range[0] - 'apps:\n'.length, range[1] - 'apps:\n'.length];
  return `${entry.slice(0, from)}${port}${entry.slice(to)}`;
}

/** The first port from 8100 that no app has; `listening` are taken as well. */
export function freePort(entries: readonly RegistryEntry[], listening: readonly number[] = []): number {
  const taken = new Set([...entries.map((entry) => entry.port), ...listening]);
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
  if (JSON.stringify(readRegistry(text)) !== JSON.stringify(expected.map((entry) => registryEntry.parse(entry)))) {
    throw new Failure('config-invalid', `${file} could not be edited without changing something else in it`, {
      hint: 'Write each app as a list item of its own, or edit it by hand.',
    });
  }
  return text;
}

export const startOfLine = (text: string, at: number) => text.lastIndexOf('\n', at - 1) + 1;
export const columnOf = (text: string, at: number) => at - startOfLine(text, at);
export function endOfLine(text: string, at: number): number {
  if (text[at - 1] === '\n') return at;
  const next = text.indexOf('\n', at);
  return next < 0 ? text.length : next + 1;
}
