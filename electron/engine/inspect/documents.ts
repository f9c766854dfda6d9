import { parse as parseToml } from 'smol-toml';
import { parseDocument } from 'yaml';

/** The value of a TOML, YAML or JSON text by its file's name; undefined where it is broken, or of another kind. Never throws. */
export function documentOf(path: string, text: string): unknown {
  try {
    if (/\.toml$|(^|\/)(Pipfile|(uv|poetry|pdm)\.lock)$/.test(path)) return parseToml(text);
    if (/\.json$|(^|\/)Pipfile\.lock$/.test(path)) return JSON.parse(text);
    if (!/\.ya?ml$/.test(path)) return undefined;
    // Tags of mkdocs and the like are left alone; a document that grows by its aliases is given up.
    const document = parseDocument(text, { logLevel: 'silent', uniqueKeys: false });
    return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}
