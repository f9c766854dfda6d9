import { inspect } from '../../../../electron/engine/inspect.ts';
import type { Inspection } from '../../../../shared/contract/imports.ts';
import { inspection } from '../../../../shared/contract/imports.ts';
import type { Target } from '../../../../shared/rules/inspect/native-findings.ts';
import type { Source } from '../../../../shared/rules/inspect/source.ts';

/** A folder made of texts by path. */
export function sourceOf(texts: Record<string, string>, name = 'shop'): Source {
  const files = Object.entries(texts)
    .map(([path, text]) => ({ path, size: text.length }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  return { name, files, unread: [], isCut: false, read: async (path, bytes) => (texts[path] !== undefined && texts[path].length <= bytes ? texts[path] : null) };
}

/** What is said of such a folder; what the contract does not let pass is an error. */
export const inspected = async (texts: Record<string, string>, name?: string, target?: Target): Promise<Inspection> =>
  inspection.parse(await inspect(sourceOf(texts, name), () => {}, new AbortController().signal, target && Promise.resolve(target)));
