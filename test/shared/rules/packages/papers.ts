import { documentOf } from '../../../../electron/engine/inspect/documents.ts';
import type { Papers } from '../../../../shared/rules/packages/papers.ts';

/** What is read of a folder that is made of texts by path. */
export const papersOf = (texts: Record<string, string>): Papers => ({
  paths: Object.keys(texts),
  texts: new Map(Object.entries(texts)),
  documents: new Map(Object.entries(texts).map(([path, text]) => [path, documentOf(path, text)])),
});
