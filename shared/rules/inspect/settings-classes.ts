import type { Facts } from './facts.ts';
import type { Read } from './env-readers.ts';
import { endedSettings } from './ended.ts';
import { otherConfigs } from './configs.ts';
import { keyword, meaning, type Sheet, textOf } from './sheet.ts';
import type { Call, ClassStatement, Value } from './syntax.ts';
import { takenSettings } from './taken.ts';

const settingsBases = /^(pydantic_settings\.(main\.)?BaseSettings|pydantic\.(v1\.)?(env_settings\.)?BaseSettings)$/;

interface Field {
  name: string;
  names: string[];
  /** Where it is written: a base may stand in another module. */
  sheet: Sheet;
  line: number;
  fallback: Read['fallback'];
  /** The class that it holds, where that is one of the folder's own. */
  inner: Found | null;
}

interface Found {
  one: ClassStatement;
  sheet: Sheet;
}

/** Variables that pydantic's settings classes read: each field is one, by its name, prefix or alias. */
export function classReads(facts: Facts, sheet: Sheet): Read[] {
  if (!/Settings|BaseModel/.test(sheet.text)) return [];
  return [...sheet.classes.values()].flatMap((one) => {
    if (!isSettings(facts, one, sheet) && !isFilledWhole(facts, one, sheet)) return [];
    const isCalled = isMade(facts, one);
    if (!isCalled && isInherited(facts, one, sheet)) return [];
    const isOther = !isCalled && otherConfigs.test(one.name);
    const delimiter = configOf(facts, one, sheet, 'env_nested_delimiter');
    const fields = [...fieldsOf(facts, { one, sheet }, configOf(facts, one, sheet, 'env_prefix')).values()];
    return fields
      .flatMap((field) => (field.inner === null ? [field] : field.fallback === null && delimiter !== '' ? partsOfField(facts, field, delimiter) : []))
      .map(({ name, names, line, fallback: given, sheet: from }): Read => {
        const isNothing = given !== null && /^(None)?$/.test(given.text ?? 'some');
        const fallback = isNothing && (endedSettings(facts).has(name) || takenSettings(facts).has(name)) ? null : given;
        const manner = fallback === null && !isOther ? 'hard' : 'asked';
        return { name: names[0] ?? '', path: from.path, line, place: 'top', fallback, manner };
      });
  });
}

/** DB__HOST: what a field holds, each under a name of its own. */
function partsOfField(facts: Facts, { names, inner }: Field, delimiter: string, depth = 0): Field[] {
  if (inner === null || depth > 3 || isSettings(facts, inner.one, inner.sheet)) return [];
  return [...fieldsOf(facts, inner, `${names[0]}${delimiter}`).values()].flatMap((field) =>
    field.inner === null ? [field] : field.fallback === null ? partsOfField(facts, field, delimiter, depth + 1) : [],
  );
}

/** Names of a model's fields that take no nothing: `Settings(token=os.getenv("TOKEN"))` fails without. */
export function neededFields(facts: Facts, call: Call, sheet: Sheet): ReadonlySet<string> {
  const full = meaning(call.callee, sheet.bindings);
  const own = sheet.classes.get(full);
  const found = own === undefined ? (/(^|\.)[A-Z]\w*$/.test(full) ? inherited(facts, full, sheet) : null) : { one: own, sheet };
  if (found === null || !found.one.bases.some((base) => /^pydantic(_settings)?\./.test(meaning(base, found.sheet.bindings)))) return new Set();
  const isFilled = (annotation: Value | null): boolean =>
    annotation !== null && !isOptional(annotation, meaning(annotation.kind === 'item' ? annotation.of : annotation, found.sheet.bindings));
  return new Set(
    found.one.body.flatMap((statement) => {
      const [target] = statement.kind === 'assign' ? statement.targets : [];
      return statement.kind === 'assign' && target?.kind === 'name' && isFilled(statement.annotation) ? [target.name] : [];
    }),
  );
}

const isSettings = (facts: Facts, one: ClassStatement, sheet: Sheet): boolean => settingsBase(facts, one, sheet) !== null;

/** The class of pydantic that it comes from in the end. */
function settingsBase(facts: Facts, one: ClassStatement, sheet: Sheet, depth = 0): string | null {
  for (const base of one.bases) {
    const full = meaning(base, sheet.bindings);
    if (settingsBases.test(full)) return full;
    const found = depth > 8 ? null : inherited(facts, full, sheet);
    const further = found === null || found.one === one ? null : settingsBase(facts, found.one, found.sheet, depth + 1);
    if (further !== null) return further;
  }
  return null;
}

function inherited(facts: Facts, full: string, sheet: Sheet): Found | null {
  const found = full === '' ? null : facts.project.definition(full, sheet);
  const one = found !== null && 'sheet' in found ? found.sheet.classes.get(found.name) : undefined;
  return found !== null && 'sheet' in found && one !== undefined ? { one, sheet: found.sheet } : null;
}

const filledWhole = new WeakMap<Facts, ReadonlySet<string>>();

/** Names of what is given the whole environment: `Model(**os.environ)`. */
function namesFilledWhole(facts: Facts): ReadonlySet<string> {
  const known = filledWhole.get(facts);
  if (known !== undefined) return known;
  const found = new Set<string>();
  for (const sheet of facts.project.sheets.values())
    if (sheet.text.includes('environ'))
      for (const { name, call } of sheet.calls)
        if (call.args.some((value) => meaning(value, sheet.bindings) === 'os.environ'))
          found.add(
            name
              .replace(/\.(model_validate|parse_obj)$/, '')
              .split('.')
              .at(-1) ?? '',
          );
  filledWhole.set(facts, found);
  return found;
}

/** A plain model that is given the whole environment. */
const isFilledWhole = (facts: Facts, one: ClassStatement, sheet: Sheet): boolean =>
  namesFilledWhole(facts).has(one.name) && one.bases.some((base) => meaning(base, sheet.bindings) === 'pydantic.BaseModel');

function isMade(facts: Facts, one: ClassStatement): boolean {
  for (const other of facts.project.sheets.values()) {
    if (!other.text.includes(one.name)) continue;
    if (other.calls.some(({ name }) => name === one.name || name.endsWith(`.${one.name}`))) return true;
    // Handed on to be made later: Depends(Settings), default_factory=Settings.
    if (other.calls.some(({ call }) => [...call.args, ...call.keywords.map(({ value }) => value)].some((value) => value.kind === 'name' && value.name === one.name))) return true;
  }
  return false;
}

/** A class that is only inherited from reads nothing by itself. */
function isInherited(facts: Facts, one: ClassStatement, sheet: Sheet): boolean {
  return [...facts.project.sheets.values()].some(
    (other) =>
      other.text.includes(one.name) &&
      [...other.classes.values()].some(
        (heir) =>
          heir !== one &&
          heir.bases.some((base) => (other === sheet && base.kind === 'name' && base.name === one.name) || inherited(facts, meaning(base, other.bindings), other)?.one === one),
      ),
  );
}

/** A setting of the class: in model_config, in class Config, where it is declared, or inherited. */
function configOf(facts: Facts, one: ClassStatement, sheet: Sheet, key: string, depth = 0): string {
  for (const statement of one.body) {
    const isConfig = statement.kind === 'assign' && statement.targets.some((target) => target.kind === 'name' && target.name === 'model_config');
    if (isConfig && statement.value?.kind === 'call') {
      const text = textOf(keyword(statement.value, key));
      if (text !== null) return text;
    }
    if (isConfig && statement.value?.kind === 'dict') {
      const entry = statement.value.entries.find(([name]) => textOf(name) === key);
      if (entry !== undefined) return textOf(entry[1]) ?? '';
    }
    if (statement.kind !== 'class' || statement.name !== 'Config') continue;
    for (const inner of statement.body)
      if (inner.kind === 'assign' && inner.targets.some((target) => target.kind === 'name' && target.name === key)) return textOf(inner.value) ?? '';
  }
  const given = one.keywords.find(({ name }) => name === key);
  if (given !== undefined) return textOf(given.value) ?? '';
  for (const base of depth > 8 ? [] : one.bases) {
    const found = inherited(facts, meaning(base, sheet.bindings), sheet);
    const text = found === null || found.one === one ? '' : configOf(facts, found.one, found.sheet, key, depth + 1);
    if (text !== '') return text;
  }
  return '';
}

/** Its fields and those it inherits within the folder, the nearest definition of each. */
function fieldsOf(facts: Facts, { one, sheet }: Found, prefix: string, depth = 0): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const base of depth > 8 ? [] : one.bases) {
    const found = inherited(facts, meaning(base, sheet.bindings), sheet);
    if (found !== null && found.one !== one) for (const [name, field] of fieldsOf(facts, found, prefix, depth + 1)) fields.set(name, field);
  }
  // The first pydantic takes what may be None for None.
  const isFirst = /^pydantic\./.test(settingsBase(facts, one, sheet) ?? '');
  for (const statement of one.body) {
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    if (statement.kind !== 'assign' || target?.kind !== 'name' || target.name.startsWith('_') || target.name === 'model_config') continue;
    if (statement.annotation === null && statement.value === null) continue;
    const written = statement.annotation === null ? '' : meaning(statement.annotation.kind === 'item' ? statement.annotation.of : statement.annotation, sheet.bindings);
    if (/ClassVar$/.test(written)) continue;
    const value = statement.value;
    const field = value?.kind === 'call' && /(^|\.)Field$/.test(meaning(value.callee, sheet.bindings)) ? value : null;
    const inner = statement.annotation !== null && statement.annotation.kind === 'name' && !isEnum(facts, written, sheet) ? inherited(facts, written, sheet) : null;
    const fallback = value === null && isFirst && isOptional(statement.annotation, written) ? { text: null } : defaultOf(value, field);
    fields.set(target.name, { name: target.name, names: namesOf(prefix, target.name, field), sheet, line: statement.line, fallback, inner });
  }
  return fields;
}

/** Optional[str], or str | None. */
const isOptional = (annotation: Value | null, written: string): boolean =>
  /(^|\.)Optional$/.test(written) ||
  (annotation?.kind === 'operation' && annotation.operator === '|' && annotation.parts.some((part) => part.kind === 'constant' && part.text === 'None'));

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
