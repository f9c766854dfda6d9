/** Joiners and emoji selectors change how their neighbours look and hide nothing; tabs and line ends stay. */
const harmless = /\t|\n|\u200c|\u200d|[\ufe00-\ufe0f]/;

/**
 * Text from a host or a folder, with control, bidi and invisible characters shown by their numbers, "\\u{202e}": it must
 * neither drive a terminal nor look like other text in the window. Numbers and not symbols, since every font has them.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, (character) =>
    harmless.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
