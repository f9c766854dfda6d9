import type { Facts } from './facts.ts';
import type { Read } from './env-readers.ts';
import { keyword, meaning, type Sheet, textOf } from './sheet.ts';
import type { Call, Value } from './syntax.ts';

/** Variables that Dynaconf's validators ask for: what no settings file of the folder gives has to come from the environment. */
export function dynaconfReads(facts: Facts, sheet: Sheet): Read[] {
  if (!sheet.text.includes('Validator') || !sheet.imports.some(({ module }) => /^dynaconf(\.|$)/.test(module))) return [];
  const prefix = prefixOf(facts);
  return sheet.calls.flatMap(({ call, place }): Read[] => {
    if (!/^dynaconf\.(validator\.)?Validator$/.test(meaning(call.callee, sheet.bindings))) return [];
    const fallback = keyword(call, 'default');
    const isNeeded = [keyword(call, 'must_exist'), keyword(call, 'required')].some((value) => value?.kind === 'constant' && value.text === 'True');
    return call.args.flatMap((key): Read[] => {
      const name = textOf(key);
      if (name === null || !/^[A-Za-z_][\w.]*$/.test(name)) return [];
      const given = fallback === undefined ? (isWritten(facts, name) ? { text: null } : null) : { text: textOf(fallback) };
      const variable = `${prefix}${name.replaceAll('.', '__')}`.toUpperCase();
      return [{ name: variable, line: call.line, place, fallback: given, manner: isNeeded && given === null ? 'hard' : 'asked' }];
    });
  });
}

/** envvar_prefix of the settings that are made, in whatever module; False takes names as they are. */
function prefixOf(facts: Facts): string {
  for (const sheet of facts.project.sheets.values())
    for (const { call } of sheet.calls) {
      const given = /(^|\.)(Dynaconf|LazySettings|FlaskDynaconf|DjangoDynaconf)$/.test(meaning(call.callee, sheet.bindings)) ? prefixGiven(call) : undefined;
      if (given !== undefined) return given.kind === 'text' ? `${given.text}_` : '';
    }
  return 'DYNACONF_';
}

const prefixGiven = (call: Call): Value | undefined => keyword(call, 'envvar_prefix') ?? keyword(call, 'ENVVAR_PREFIX_FOR_DYNACONF');

/** Whether a settings file that travels names it. */
function isWritten(facts: Facts, name: string): boolean {
  const [, last = name] = /([^.]+)$/.exec(name) ?? [];
  const key = new RegExp(`^\\s*["']?${last}["']?\\s*[=:]`, 'im');
  return [...facts.texts].some(([path, text]) => /(^|\/)(settings|config)\.(toml|ya?ml|json)$/i.test(path) && key.test(text));
}
