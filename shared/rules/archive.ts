const forms: readonly (readonly [ending: RegExp, form: 'zip' | 'tar' | 'tar.gz'])[] = [
  [/\.zip$/i, 'zip'],
  [/\.(tar\.gz|tgz)$/i, 'tar.gz'],
  [/\.tar$/i, 'tar'],
];
const others = /\.(tar\.(xz|bz2|zst|lz4?)|txz|tbz2?|7z|rar|xz|bz2|gz|zst)$/i;

/** What a file's name says that it is packed as; other: an archive that ForgeBoard does not open. Null for what is none. */
export function archiveForm(name: string): 'zip' | 'tar' | 'tar.gz' | 'other' | null {
  return forms.find(([ending]) => ending.test(name))?.[1] ?? (others.test(name) ? 'other' : null);
}

/** A name without what says that it is an archive: shop.tar.gz gives shop. */
export const withoutEnding = (name: string): string => forms.reduce((left, [ending]) => (left === name ? name.replace(ending, '') : left), name);

/** The endings, for choosers. */
export const archiveEndings = ['zip', 'tar.gz', 'tgz', 'tar'] as const;
