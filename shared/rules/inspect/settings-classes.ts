import type { Facts } from './facts.ts';
import type { Read } from './env-readers.ts';
import { keyword, meaning, type Sheet, textOf } from './sheet.ts';
import type { Call, ClassStatement, Value } from './syntax.ts';

const settingsBases = /^(pydantic_settings\.(main\.)?BaseSettings|pydantic\.(v1\.)?(env_settings\.)?BaseSettings)$/;

interface Field {
  names: string[];
  line: number;
  fallback: Read['fallback'];
  isNested: boolean;
}

/** Variables that pydantic's settings classes read: each field is one, by its name, prefix or alias. */
export function classReads(facts: Facts, sheet: Sheet): Read[] {
  if (!sheet.text.includes('Settings')) return [];
  return [...sheet.classes.values()].flatMap((one) => {
    if (!isSettings(facts, one, sheet) || !isMade(facts, one, sheet)) return [];
    const fields = fieldsOf(facts, one, sheet, prefixOf(facts, one, sheet));
    return [...fields.values()]
      .filter(({ isNested }) => !isNested)
      .map(({ names, line, fallback }): Read => ({ name: names[0] ?? '', line, place: 'top', fallback, manner: fallback === null ? 'hard' : 'asked' }));
  });
}

function isSettings(facts: Facts, one: ClassStatement, sheet: Sheet, depth = 0): boolean {
  return one.bases.some((base) => {
    const full = meaning(base, sheet.bindings);
    if (settingsBases.test(full)) return true;
    const found = depth > 8 ? null : inherited(facts, full, sheet);
    return found !== null && found.one !== one && isSettings(facts, found.one, found.sheet, depth + 1);
  });
}

function inherited(facts: Facts, full: string, sheet: Sheet): { one: ClassStatement; sheet: Sheet } | null {
  const found = full === '' ? null : facts.project.definition(full, sheet);
  const one = found !== null && 'sheet' in found ? found.sheet.classes.get(found.name) : undefined;
  return found !== null && 'sheet' in found && one !== undefined ? { one, sheet: found.sheet } : null;
}

/** A class that is only inherited from reads nothing by itself. */
function isMade(facts: Facts, one: ClassStatement, sheet: Sheet): boolean {
  for (const other of facts.project.sheets.values()) {
    if (!other.text.includes(one.name)) continue;
    if (other.calls.some(({ name }) => name === one.name || name.endsWith(`.${one.name}`))) return true;
    // Handed on to be made later: Depends(Settings), default_factory=Settings.
    if (other.calls.some(({ call }) => [...call.args, ...call.keywords.map(({ value }) => value)].some((value) => value.kind === 'name' && value.name === one.name))) return true;
  }
  return ![...sheet.classes.values()].some(({ bases }) => bases.some((base) => base.kind === 'name' && base.name === one.name));
}

function prefixOf(facts: Facts, one: ClassStatement, sheet: Sheet, depth = 0): string {
  for (const statement of one.body) {
    const isConfig = statement.kind === 'assign' && statement.targets.some((target) => target.kind === 'name' && target.name === 'model_config');
    if (isConfig && statement.value?.kind === 'call') {
      const prefix = textOf(keyword(statement.value, 'env_prefix'));
      if (prefix !== null) return prefix;
    }
    if (isConfig && statement.value?.kind === 'dict') {
      const entry = statement.value.entries.find(([key]) => textOf(key) === 'env_prefix');
      if (entry !== undefined) return textOf(entry[1]) ?? '';
    }
    if (statement.kind !== 'class' || statement.name !== 'Config') continue;
    for (const inner of statement.body)
      if (inner.kind === 'assign' && inner.targets.some((target) => target.kind === 'name' && target.name === 'env_prefix')) return textOf(inner.value) ?? '';
  }
  const given = one.keywords.find(({ name }) => name === 'env_prefix');
  if (given !== undefined) return textOf(given.value) ?? '';
  for (const base of depth > 8 ? [] : one.bases) {
    const found = inherited(facts, meaning(base, sheet.bindings), sheet);
    const prefix = found === null || found.one === one ? '' : prefixOf(facts, found.one, found.sheet, depth + 1);
    if (prefix !== '') return prefix;
  }
  return '';
}

/** Its fields and those it inherits within the folder, the nearest definition of each. */
function fieldsOf(facts: Facts, one: ClassStatement, sheet: Sheet, prefix: string, depth = 0): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const base of depth > 8 ? [] : one.bases) {
    const found = inherited(facts, meaning(base, sheet.bindings), sheet);
    if (found !== null && found.one !== one && found.sheet === sheet)
      for (const [name, field] of fieldsOf(facts, found.one, found.sheet, prefix, depth + 1)) fields.set(name, field);
  }
  for (const statement of one.body) {
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    if (statement.kind !== 'assign' || target?.kind !== 'name' || target.name.startsWith('_') || target.name === 'model_config') continue;
    if (statement.annotation === null && statement.value === null) continue;
    const written = statement.annotation === null ? '' : meaning(statement.annotation.kind === 'item' ? statement.annotation.of : statement.annotation, sheet.bindings);
    if (/ClassVar$/.test(written)) continue;
    const value = statement.value;
    const field = value?.kind === 'call' && /(^|\.)Field$/.test(meaning(value.callee, sheet.bindings)) ? value : null;
    const isModel = statement.annotation !== null && statement.annotation.kind === 'name' && inherited(facts, written, sheet) !== null && !isEnum(facts, written, sheet);
    fields.set(target.name, { names: namesOf(prefix, target.name, field), line: statement.line, fallback: defaultOf(value, field), isNested: isModel });
  }
  return fields;
}

const isEnum = (facts: Facts, full: string, sheet: Sheet): boolean => inherited(facts, full, sheet)?.one.bases.some((base) => /Enum$/.test(meaning(base, new Map()))) === true;

/** Case does not matter to pydantic; everybody writes them large. */
function namesOf(prefix: string, name: string, field: Call | null): string[] {
  const alias = field === null ? undefined : (keyword(field, 'validation_alias') ?? keyword(field, 'env') ?? keyword(field, 'alias'));
  const choices = alias?.kind === 'call' ? alias.args.map(textOf) : alias?.kind === 'list' ? alias.items.map(textOf) : [textOf(alias)];
  const found = choices.filter((one) => one !== null);
  return found.length > 0 ? found.map((one) => one.toUpperCase()) : [`${prefix}${name}`.toUpperCase()];
}

function defaultOf(value: Value | null, field: Call | null): Read['fallback'] {
  if (value === null) return null;
  if (field === null) return { text: value.kind === 'text' || value.kind === 'constant' ? value.text : null };
  const given = keyword(field, 'default') ?? field.args[0];
  if (given === undefined) return keyword(field, 'default_factory') === undefined ? null : { text: null };
  if (given.kind === 'constant' && given.text === '...') return null;
  return { text: given.kind === 'text' || given.kind === 'constant' ? given.text : null };
}
