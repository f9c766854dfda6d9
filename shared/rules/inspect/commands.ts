import type { Facts } from './facts.ts';
import { weightOf } from './hints.ts';
import { folderOf, joined, nameOf } from './project.ts';
import { keyword, type Sheet, textOf } from './sheet.ts';
import { recordOf } from './record.ts';
import type { Value } from './syntax.ts';
import { joinedLines } from './texts.ts';

/** A command that a project installs. */
export interface Command {
  name: string;
  /** console: module:function. wsgi: module:factory for a server. file: a script, as a path of the folder. */
  kind: 'console' | 'wsgi' | 'file';
  target: string;
  /** The file that says so, and its folder. */
  file: string;
  /** Where something that is deployed starts it. */
  started: { file: string; line: number; text: string; weight: number } | null;
}

/** The commands that setup.py, setup.cfg and pyproject.toml declare, and scripts without an ending, with what starts each. */
export function commandsOf(facts: Facts): Command[] {
  const found: Omit<Command, 'started'>[] = [];
  const deep = 3;
  for (const [file, document] of facts.documents) {
    if (nameOf(file) !== 'pyproject.toml' || file.split('/').length > deep) continue;
    const poetry = recordOf(recordOf(recordOf(document).tool).poetry);
    for (const table of [recordOf(recordOf(document).project).scripts, poetry.scripts])
      for (const [name, target] of Object.entries(recordOf(table))) if (typeof target === 'string') found.push({ name, kind: 'console', target, file });
  }
  for (const [file, text] of facts.texts) if (nameOf(file) === 'setup.cfg' && file.split('/').length <= deep) found.push(...ofIni(file, text));
  for (const [file, sheet] of facts.project.sheets) {
    if (nameOf(file) === 'setup.py' && file.split('/').length <= deep) found.push(...ofSetup(sheet));
    if (isProgram(file)) found.push({ name: nameOf(file), kind: 'file', target: file, file });
  }
  const starts = facts.hints.length + found.length === 0 ? [] : startingLines(facts);
  return found.map((one) => ({ ...one, started: starts.find(({ words }) => words.has(one.name)) ?? null }));
}

/** A Python program without an ending, as it is installed. */
export const isProgram = (path: string): boolean => !nameOf(path).includes('.');

/** Entry points as setuptools and pbr write them: a section, a key, and lines of `name = module:function`. */
function ofIni(file: string, text: string): Omit<Command, 'started'>[] {
  const found: Omit<Command, 'started'>[] = [];
  let key = '';
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*([\w.]+)\s*=\s*$/.exec(line)?.[1] ?? /^\s*\[(\w+)\]\s*$/.exec(line)?.[1];
    if (head !== undefined) key = head;
    const [, name, target] = /^\s*([\w.-]+)\s*=\s*([A-Za-z_][\w.]*:[A-Za-z_][\w.]*)/.exec(line) ?? [];
    if (name === undefined || target === undefined) {
      const script = key === 'scripts' ? /^\s+([\w./-]+)\s*$/.exec(line)?.[1] : undefined;
      if (script !== undefined) found.push({ name: nameOf(script), kind: 'file', target: joined(folderOf(file), script), file });
    } else if (key === 'console_scripts') found.push({ name, kind: 'console', target, file });
    else if (key === 'wsgi_scripts') found.push({ name, kind: 'wsgi', target, file });
  }
  return found;
}

function ofSetup(sheet: Sheet): Omit<Command, 'started'>[] {
  const call = sheet.calls.find(({ name }) => /(^|\.)setup$/.test(name))?.call;
  if (call === undefined) return [];
  const known = (value: Value | undefined): Value | undefined => (value?.kind === 'name' ? sheet.assigned.get(value.name)?.value : value);
  const texts = (value: Value | undefined): string[] => {
    const found = known(value);
    return found?.kind === 'list' ? found.items.flatMap((item) => textOf(item) ?? []) : found?.kind === 'text' ? found.text.split('\n') : [];
  };
  const entries = known(keyword(call, 'entry_points'));
  const lines = entries?.kind === 'dict' ? entries.entries.flatMap(([key, value]) => [`[${textOf(key)}]`, ...texts(value)]) : texts(entries);
  const scripts = texts(keyword(call, 'scripts')).map((script) => ({
    name: nameOf(script),
    kind: 'file' as const,
    target: joined(folderOf(sheet.path), script),
    file: sheet.path,
  }));
  return [...ofIni(sheet.path, lines.join('\n')), ...scripts];
}

const commandLine = /^\s*(?:ExecStart\s*=[-@:+!]*|(?:CMD|ENTRYPOINT)\b|(?:-\s*)?(?:command|entrypoint|startCommand|cmd)\s*[:=]|exec\s|[\w-]+:\s)(.*)$/i;
/** A line of a crontab, or a sentence that says what cron is to run. */
const cronLine = /^\W*((?:[\d*][\d*,/-]*\s+){5}|@(?:hourly|daily|weekly|reboot)\s+).*|.*\bcron(?:tab|_)?\b.*/i;

/** Lines of files that deploy an app, and of a README about cron, with the words that may be the command they start. */
function startingLines(facts: Facts): { file: string; line: number; text: string; weight: number; words: Set<string> }[] {
  return [...facts.texts].flatMap(([file, text]) => {
    const weight = weightOf(file);
    const isReadme = /^readme(\.\w+)?$/i.test(file);
    if ((weight < 70 && !isReadme) || /(^|\/)(docs?|examples?|tests?)\//.test(file)) return [];
    return joinedLines(text).flatMap(({ line, text: raw }) => {
      if (raw.length > 2000) return [];
      const command = isReadme ? cronLine.exec(raw)?.[0] : commandLine.exec(raw)?.[1];
      if (command === undefined) return [];
      const words = new Set(command.split(/[\s"'`,[\]]+/).map((word) => nameOf(word)));
      return [{ file, line, text: raw.trim().slice(0, 200), weight, words }];
    });
  });
}
