import { type Alias, isAlias, isCollection, isMap, isScalar, isSeq, type Pair, type Scalar, stringify, type YAMLMap, type YAMLSeq } from 'yaml';
import { Failure } from '../../errors.ts';
import { columnOf, endOfLine, openRegistry, plainOf, startOfLine } from '../registry.ts';

/* Edits of one app's entry in apps.yml as edits of its text: a serializer would lose the indentation, quotes and blank
   lines of everything else. Each edit is found by the places of the nodes, and all of them are proved in the end. */

type Node = Scalar | Alias | YAMLMap | YAMLSeq;
type Place = readonly [start: number, valueEnd: number, nodeEnd: number];
type Path = readonly (string | number)[];

/** One edit: a value is set, a key or a list item goes, or an item comes. */
type Edit = { path: Path; kind: 'set' | 'append'; value: unknown } | { path: Path; kind: 'remove' };

/**
 * The text with some keys of one app's entry set to these values, or taken out (null); every other byte as it was. Maps and
 * lists are changed key by key and item by item, so that comments between them stay.
 * @throws Failure not-found; config-invalid where that cannot be done without touching something else, such as an entry
 * written as {...} or a value that others refer to
 */
export function withSettings(text: string, slug: string, changes: Readonly<Record<string, unknown>>): string {
  const { document, list } = openRegistry(text);
  const before = plainOf(document) as { apps?: Record<string, unknown>[] } | null;
  const index = before?.apps?.findIndex((entry) => entry.slug === slug) ?? -1;
  const entry = before?.apps?.[index];
  if (entry === undefined) throw new Failure('not-found', `apps.yml has no entry of ${slug}`, { field: 'app' });
  const node = list?.items[index];
  if (list === null || list.flow === true || !isMap(node) || node.flow === true) throw unsafe(slug, 'it is not written as one key a line');

  const edits = Object.entries(changes).flatMap(([key, value]) => editsOf(entry[key], value, [key], node.get(key, true)));
  let edited = text;
  for (const edit of edits) edited = done(edited, slug, index, edit);

  const expected = structured(before);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete (expected.apps[index] as Record<string, unknown>)[key];
    else (expected.apps[index] as Record<string, unknown>)[key] = value;
  }
  if (canonical(read(edited, slug)) !== canonical(expected)) throw unsafe(slug, 'something else would change with it');
  return edited;
}

function editsOf(old: unknown, value: unknown, path: Path, node: unknown): Edit[] {
  if (value === null || value === undefined) return old === undefined ? [] : [{ path, kind: 'remove' }];
  if (old !== undefined && canonical(old) === canonical(value)) return [];
  const isBlock = isCollection(node) && node.flow !== true;
  if (isBlock && isMap(node) && isRecord(old) && isRecord(value) && Object.keys(value).some((key) => key in old)) {
    const wanted = { ...Object.fromEntries(Object.keys(old).map((key) => [key, null])), ...value };
    return Object.entries(wanted).flatMap(([key, inner]) => editsOf(old[key], inner, [...path, key], node.get(key, true)));
  }
  if (isBlock && Array.isArray(old) && Array.isArray(value) && [...old, ...value].every((item) => typeof item !== 'object')) {
    const kept = old.filter((item) => value.includes(item));
    const [begins, ends] = [value.slice(0, kept.length), value.slice(kept.length)];
    if (kept.length > 0 && canonical(kept) === canonical(begins) && new Set(old).size === old.length) {
      const gone = old.flatMap((item, at): Edit[] => (value.includes(item) ? [] : [{ path: [...path, at], kind: 'remove' }]));
      return [...gone.reverse(), ...ends.map((item): Edit => ({ path, kind: 'append', value: item }))];
    }
  }
  return [{ path, kind: 'set', value }];
}

/** The text after one edit. It is parsed for each: places move. */
function done(text: string, slug: string, index: number, edit: Edit): string {
  const { document } = openRegistry(text);
  const ending = /\r?\n/.exec(text)?.[0] ?? '\n';
  const parent = document.getIn(['apps', index, ...edit.path.slice(0, -1)], true);
  const last = edit.path.at(-1);
  const [from, to, put] = placed();
  return text.slice(0, from) + put.replaceAll('\n', ending) + text.slice(to);

  function placed(): [from: number, to: number, put: string] {
    if (edit.kind === 'append') return appended(document.getIn(['apps', index, ...edit.path], true), edit.value);
    if (isSeq(parent) && typeof last === 'number') return itemGone(parent.items[last] as Node);
    if (!isMap(parent) || typeof last !== 'string') throw unsafe(slug, 'its form is not known');
    const at = parent.items.findIndex(({ key }) => isScalar(key) && key.value === last);
    const pair = parent.items[at] as Pair<Scalar, Node | null> | undefined;
    if (edit.kind === 'remove') return keyGone(parent, at, pair as Pair<Scalar, Node | null>);
    return pair === undefined ? keyAdded(parent, last, edit.value) : valueSet(pair, edit.value);
  }

  function appended(list: unknown, value: unknown): [number, number, string] {
    if (!isSeq(list)) throw unsafe(slug, 'its form is not known');
    return whole(endOf(text, list), `${' '.repeat(columnOf(text, placeOf(list)[0]))}- ${inline(value)}\n`);
  }

  function itemGone(item: Node): [number, number, string] {
    const from = startOfLine(text, placeOf(item)[0]);
    if (!/^[ \t]*-[ \t]*$/.test(text.slice(from, placeOf(item)[0]))) throw unsafe(slug, 'its list has an odd form');
    return [from, endOfLine(text, endOf(text, item)), ''];
  }

  function keyGone(map: YAMLMap, at: number, pair: Pair<Scalar, Node | null>): [number, number, string] {
    const start = placeOf(pair.key)[0];
    const end = endOfPair(pair);
    const line = startOfLine(text, start);
    if (text.slice(line, start).trim() === '') return [line, endOfLine(text, end), ''];
    // The first key stands behind the dash of its item, which stays.
    const next = map.items[at + 1]?.key as Scalar | undefined;
    const until = next === undefined ? end : placeOf(next)[0];
    return [start, text.slice(end, until).trim() === '' ? until : end, ''];
  }

  function keyAdded(map: YAMLMap, key: string, value: unknown): [number, number, string] {
    const first = map.items[0]?.key as Scalar;
    const space = ' '.repeat(columnOf(text, placeOf(first)[0]));
    const lines = stringify({ [key]: value }, { lineWidth: 0 });
    return whole(Math.max(...map.items.map((pair) => endOfPair(pair as Pair<Scalar, Node | null>))), lines.replace(/^(?=.)/gm, space));
  }

  /** Lines that come after the one in which something ends. */
  function whole(end: number, lines: string): [number, number, string] {
    const at = endOfLine(text, end);
    return [at, at, text[at - 1] === '\n' ? lines : `\n${lines.trimEnd()}`];
  }

  function valueSet(pair: Pair<Scalar, Node | null>, value: unknown): [number, number, string] {
    const colon = afterColon(pair.key);
    const old = pair.value;
    const [start, end] = old === null ? [colon, colon] : placeOf(old);
    const source = text.slice(start, end);
    if (old === null || source.trim() === '') return [colon, colon, ` ${inline(value)}`];
    const isBlock = isCollection(old) && old.flow !== true;
    if (isBlock && typeof value === 'object' && Object.keys(value as object).length > 0) {
      const space = ' '.repeat(columnOf(text, start));
      const lines = stringify(value, { lineWidth: 0 })
        .trimEnd()
        .replace(/^(?=.)/gm, space);
      return [startOfLine(text, start), endOf(text, old), lines];
    }
    if (isBlock || (isScalar(old) && (old.type === 'BLOCK_LITERAL' || old.type === 'BLOCK_FOLDED'))) return [colon, endOf(text, old), ` ${inline(value)}`];
    return [start, end, inline(value, isScalar(old) ? old.type : undefined)];
  }

  function afterColon(key: Scalar): number {
    const found = /^[ \t]*:/.exec(text.slice(placeOf(key)[1]));
    if (found === null) throw unsafe(slug, `the key ${String(key.value)} has an odd form`);
    return placeOf(key)[1] + found[0].length;
  }

  function endOfPair(pair: Pair<Scalar, Node | null>): number {
    const colon = afterColon(pair.key);
    return pair.value === null ? colon : Math.max(colon, endOf(text, pair.value));
  }
}

/** Where what a node says ends: of a collection and of a block of text the last line that is not empty, without its end. */
function endOf(text: string, node: Node): number {
  if (isCollection(node) && node.flow !== true) {
    const last = node.items.at(-1) as Pair<Scalar, Node | null> | Node;
    const inner = isCollection(last) || isScalar(last) || isAlias(last) ? last : (last.value ?? last.key);
    // The key alone, where nothing is said of it: its colon is on the same line.
    return inner.range == null ? placeOf(node)[1] : endOf(text, inner as Node);
  }
  const [start, end] = placeOf(node);
  return start + text.slice(start, end).trimEnd().length;
}

function placeOf(node: { range?: Place | null | undefined }): Place {
  if (node.range == null) throw new Failure('config-invalid', 'A part of apps.yml has no place in its text');
  return node.range;
}

/** A value on the line of its key. quoted: how the one before was written. */
function inline(value: unknown, quoted?: string | null): string {
  if (typeof value === 'object' && value !== null) return flow(value);
  const style = quoted === 'QUOTE_DOUBLE' || quoted === 'QUOTE_SINGLE' ? quoted : 'PLAIN';
  const text = stringify({ k: value }, { lineWidth: 0, defaultStringType: style, defaultKeyType: 'PLAIN' }).trimEnd();
  return text.includes('\n') ? JSON.stringify(value) : text.slice('k: '.length);
}

/** [..] and {..} on one line; a plain word stays plain where it reads as just that. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isRecord(value))
    return `{${Object.entries(value)
      .map(([key, inner]) => `${flow(key)}: ${flow(inner)}`)
      .join(', ')}}`;
  const isPlain = typeof value === 'string' && /^[A-Za-z][\w./ -]*$/.test(value) && inline(value) === value && !value.endsWith(' ');
  return isPlain ? value : JSON.stringify(value);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function read(text: string, slug: string): unknown {
  try {
    return plainOf(openRegistry(text).document);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw unsafe(slug, 'another place refers to what it says');
  }
}

const structured = (value: unknown) => JSON.parse(JSON.stringify(value)) as { apps: Record<string, unknown>[] };

/** JSON with sorted keys: equal for values that say the same. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner));

const unsafe = (slug: string, why: string) =>
  new Failure('config-invalid', `/etc/forgeboard/apps.yml: the entry of ${slug} could not be edited without changing something else: ${why}`, {
    hint: 'Edit it by hand on the server, then apply it.',
  });
