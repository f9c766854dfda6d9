import { readRequirement } from './requirement.ts';

/** The packages that a script names in a comment of its own (PEP 723), with the Python that it asks for and the line; null where it has none. */
export function readScriptPackages(text: string): { packages: string[]; python: string | null; line: number } | null {
  const found = /^# \/\/\/ script[ \t]*\r?\n((?:#(?: .*)?\r?\n)+?)# \/\/\/[ \t]*$/m.exec(text);
  if (found === null) return null;
  const toml = (found[1] ?? '').replace(/^# ?/gm, '');
  const list = /^dependencies\s*=\s*\[((?:[^\]"']|"[^"\n]*"|'[^'\n]*')*)\]/m.exec(toml)?.[1] ?? '';
  const packages = [...list.matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)].map(([, one, other]) => one ?? other ?? '').filter((one) => readRequirement(one)?.url === null);
  return {
    packages: packages.map((one) => one.replace(/\s+/g, '').replace(/;.*$/, '')),
    python: /^requires-python\s*=\s*["']([^"']+)["']/m.exec(toml)?.[1] ?? null,
    line: text.slice(0, found.index).split('\n').length,
  };
}
