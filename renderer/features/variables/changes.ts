import type { Variable } from '../../../shared/contract/variables.ts';
import type { Dotenv } from '../../../shared/rules/dotenv.ts';
import { allBytes, looksSecret, variableNameRule, variableValueRule } from '../../../shared/rules/variables.ts';
import { sentence } from '../../lib/format.ts';
import type { Input } from '../../lib/api.ts';

/** A change that is still to be applied. One of a variable that is there has its name; a new one's name is being typed. */
export interface Draft {
  id: number;
  name: string;
  isNew: boolean;
  removed: boolean;
  /** null: as it is. */
  value: string | null;
  /** null: as it is, or for a new one as its name and value suggest. */
  secret: boolean | null;
}

export interface Row {
  key: string;
  name: string;
  before: Variable | null;
  draft: Draft | null;
  state: 'new' | 'changed' | 'removed' | 'same';
  secret: boolean;
  wrongName: string | null;
  wrongValue: string | null;
}

let last = 0;
export function newDraft(name: string, more: Partial<Draft> = {}): Draft {
  last += 1;
  return { id: last, name, isNew: false, removed: false, value: null, secret: null, ...more };
}

/** What is there and what is to be changed: changes first, in the order they were made, then the rest by name. */
export function rowsOf(known: readonly Variable[], drafts: readonly Draft[]): Row[] {
  const changed = drafts.map((draft): Row => {
    const before = draft.isNew ? null : (known.find(({ name }) => name === draft.name) ?? null);
    const secret = draft.secret ?? before?.secret ?? looksSecret(draft.name, draft.value ?? '');
    const twice = draft.isNew && (known.some(({ name }) => name === draft.name) || drafts.some((other) => other.id < draft.id && other.name === draft.name));
    const same = !draft.removed && before !== null && secret === before.secret && (draft.value === null || (!before.secret && !before.marked && draft.value === before.value));
    return {
      key: draft.isNew ? `new ${draft.id}` : draft.name,
      name: draft.name,
      before,
      draft,
      secret,
      state: draft.removed ? 'removed' : same ? 'same' : before === null ? 'new' : 'changed',
      wrongName: draft.isNew ? (twice ? `${draft.name} is there already` : sentence(variableNameRule(draft.name))) : null,
      wrongValue:
        draft.removed || draft.value === null
          ? before === null || (before.secret && !secret && !draft.removed)
            ? 'It needs a value'
            : null
          : sentence(variableValueRule(draft.value)),
    };
  });
  const touched = new Set(drafts.filter(({ isNew }) => !isNew).map(({ name }) => name));
  const rest = known
    .filter(({ name }) => !touched.has(name))
    .map((before): Row => {
      return { key: before.name, name: before.name, before, draft: null, secret: before.secret, state: 'same', wrongName: null, wrongValue: null };
    });
  return [...changed, ...rest];
}

/** What keeps the changes from being applied, a sentence; null where nothing does. */
export function whyNot(rows: readonly Row[]): string | null {
  const wrong = rows.find((row) => row.state !== 'same' && (row.wrongName !== null || row.wrongValue !== null));
  if (wrong !== undefined) return wrong.wrongName ?? `${wrong.name}: ${wrong.wrongValue}`;
  const size = rows.reduce((sum, { name, draft, before, state }) => sum + (state === 'removed' ? 0 : name.length + (draft?.value ?? before?.value ?? '').length), 0);
  return size > allBytes ? 'All values together are larger than 1 MB' : null;
}

/** What the server is asked to do. */
export function inputOf(rows: readonly Row[]): Pick<Input<'variables.set'>, 'set' | 'unset'> {
  const changed = rows.filter(({ state }) => state === 'new' || state === 'changed');
  return {
    set: changed.map(({ name, draft, secret }) => ({ name, value: draft?.value ?? null, secret })),
    unset: rows.filter(({ state }) => state === 'removed').map(({ name }) => name),
  };
}

/** A .env file as changes, beside those that are there already. */
export function withDotenv(known: readonly Variable[], drafts: readonly Draft[], { variables }: Pick<Dotenv, 'variables'>): Draft[] {
  const names = new Set(variables.map(({ name }) => name));
  const added = variables.map(({ name, value }) => newDraft(name, { value, isNew: !known.some((one) => one.name === name) }));
  return [...drafts.filter(({ name }) => !names.has(name)), ...added].filter((draft, _index, all) => rowsOf(known, all).find((row) => row.draft === draft)?.state !== 'same');
}

/** A change in words, for the list of them; of a secret never the value. */
export function words({ name, before, draft, secret, state }: Row): string {
  if (state === 'removed') return name;
  if (state === 'new') return secret ? `${name || 'a new one'}, a secret` : `${name || 'a new one'} = ${short(draft?.value ?? '')}`;
  if (secret && before?.secret) return `${name}, replaced`;
  if (secret) return `${name}, a secret now`;
  if (before?.secret) return `${name} = ${short(draft?.value ?? '')}, no secret any more`;
  return `${name} = ${short(before?.value ?? '')} → ${short(draft?.value ?? before?.value ?? '')}`;
}

/** One line of a value: of more, how many. */
export function short(value: string): string {
  const lines = value.split('\n');
  return lines.length === 1 ? value : `${lines[0]} … ${lines.length} lines`;
}
