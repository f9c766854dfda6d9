import { joinedLines } from '../inspect/texts.ts';
import type { Papers } from './papers.ts';
import { readRequirement, type Requirement } from './requirement.ts';

/** A package with where it is asked for. */
export interface Declared extends Requirement {
  file: string;
  line: number | null;
}

/** A line at which pip gives the whole file up, and why. */
export interface WrongLine {
  file: string;
  line: number;
  why: string;
}

export interface RequirementsFile {
  packages: Declared[];
  /** Versions that other files narrow without asking for the package. */
  constraints: Declared[];
  wrong: WrongLine[];
  /** The file and those that it includes. */
  files: string[];
}

const most = 50;
const valued = /^(?:-r|--requirement|-c|--constraint|-e|--editable|-i|--index-url|--extra-index-url|-f|--find-links)(?:[=\s]|$)/;

/** Reads a requirements file as pip does, with those that it includes. */
export function readRequirements({ paths, texts }: Pick<Papers, 'paths' | 'texts'>, file: string): RequirementsFile {
  const found: RequirementsFile = { packages: [], constraints: [], wrong: [], files: [] };
  const read = (path: string, isConstraint: boolean): void => {
    if (found.files.includes(path) || found.files.length >= most) return;
    found.files.push(path);
    for (const { line, text: raw } of joinedLines(texts.get(path) ?? '')) {
      const text = raw.replace(/(^|\s)#.*$/, '').trim();
      if (text === '') continue;
      const [, option, target] = /^(-r|--requirement|-c|--constraint)[=\s]*(\S+)/.exec(text) ?? [];
      if (option !== undefined && target !== undefined) {
        if (target.includes('://')) continue;
        const other = beside(path, target);
        if (other !== null && texts.has(other)) read(other, isConstraint || option.endsWith('c') || option.endsWith('constraint'));
        else if (other === null || !paths.includes(other)) found.wrong.push({ file: path, line, why: `it includes ${target}, which is not there` });
        continue;
      }
      const wrong = taken(found, path, line, text, isConstraint);
      if (wrong !== null) found.wrong.push({ file: path, line, why: wrong });
    }
  };
  read(file, false);
  return found;
}

/** Files that a requirements file includes, as paths in the folder. */
export const includedFiles = (path: string, text: string): string[] =>
  [...text.matchAll(/^[ \t]*(?:-r|--requirement|-c|--constraint)[=\s]*([^\s#]+)/gm)].flatMap(([, target = '']) => beside(path, target) ?? []);

const beside = (path: string, target: string): string | null => normalPath(path.includes('/') ? `${path.slice(0, path.lastIndexOf('/'))}/${target}` : target);

/** Takes a line that includes nothing; says what is wrong with it, or null. */
function taken(found: RequirementsFile, file: string, line: number, text: string, isConstraint: boolean): string | null {
  const editable = /^(?:-e|--editable)[=\s]*(\S.*)$/.exec(text)?.[1];
  if (editable === undefined && (valued.test(text) || text.startsWith('-'))) return null;
  const wanted = (editable ?? text).replace(/\s+--(hash|global-option|install-option|config-settings?)\b.*$/, '').trim();
  if (/^\.{1,2}(\/|$|\[)|^[\w./-]+\.(whl|zip|tar\.gz)$/.test(wanted)) return null;
  const address = /^(?:(?:git|hg|svn|bzr)\+|https?:\/\/|file:)\S+/.exec(wanted)?.[0];
  if (address !== undefined) {
    if (isElsewhere(address)) return 'it names a file of another computer';
    const name = /[#&]egg=([\w.-]+)/.exec(address)?.[1] ?? /\/([\w.-]+?)(?:\.git)?(?:@[^/]*)?(?:#.*)?$/.exec(address)?.[1] ?? '';
    const known = readRequirement(name);
    if (known !== null) found.packages.push({ ...known, versions: '', url: address, file, line });
    return null;
  }
  const requirement = readRequirement(wanted);
  if (requirement === null) return wrongForm(wanted);
  if (requirement.url !== null && isElsewhere(requirement.url)) return 'it names a file of another computer';
  (isConstraint ? found.constraints : found.packages).push({ ...requirement, file, line });
  return null;
}

/** pip freeze in a conda environment writes where that was built. */
const isElsewhere = (address: string): boolean => /^file:\/{2,}(?!\.)/.test(address);

function wrongForm(text: string): string {
  if (/^(<{7}|={7}|>{7})/.test(text)) return 'it is left from a merge in git';
  if (/^(python3? -m )?(pip3?|conda|poetry|uv)\s/.test(text)) return 'it is a command, not a package';
  if (/^Package\s+Version$|^-+\s+-+$/.test(text)) return 'it is a list for people: pip freeze writes one for pip';
  if (/^[\w.-]+=\d[\w.]*(=\S+)?$/.test(text)) return 'it has the form of conda, one = instead of two';
  if (/^[\w.-]+\s+v?\d[\w.]*$/.test(text)) return 'there is no == between name and version';
  return 'it is no requirement';
}

/** A path without its . and .. parts; null where it leads out of the folder. */
export function normalPath(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
