/* Parts of the runbook's text. */

export const home = (app: string) => `/srv/forgeboard/${app}`;
export const section = (title: string, words: string, commands?: string) => `## ${title}\n\n${words}${commands === undefined ? '' : `\n\n${fenced(commands, 'sh')}`}`;

/** A code block whose fence is longer than any run of backticks in it. */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}
