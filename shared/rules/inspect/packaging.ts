import type { Evidence } from '../../contract/imports.ts';
import { evidenceAt, type Facts } from './facts.ts';
import { folderOf, joined, nameOf, upwards } from './project.ts';
import { recordOf } from './record.ts';

/** How a folder is packaged. */
export interface Packaging extends Evidence {
  /** It is made for others to install: it is classified, or its README says how to install it by its name. */
  isPublished: boolean;
}

const known = new WeakMap<Facts, Map<string, Packaging | null>>();

/** The distribution that a file belongs to: of its folder, or of the nearest above it that makes one. */
export function packagingOver(facts: Facts, path: string): Packaging | null {
  const found = known.get(facts) ?? new Map<string, Packaging | null>();
  known.set(facts, found);
  for (const folder of upwards(folderOf(path))) {
    if (!found.has(folder)) found.set(folder, packagingOf(facts, folder));
    const one = found.get(folder);
    if (one != null) return one;
  }
  return null;
}

/** The file that makes a distribution of a folder. */
function packagingOf(facts: Facts, folder: string): Packaging | null {
  const at = (name: string): string => joined(folder, name);
  const document = recordOf(facts.documents.get(at('pyproject.toml')));
  const tool = recordOf(document.tool);
  const poetry = recordOf(tool.poetry);
  const project = recordOf(document.project);
  const isPoetry = 'packages' in poetry || 'scripts' in poetry || 'classifiers' in poetry || 'repository' in poetry;
  const file = facts.project.has(at('setup.py'))
    ? at('setup.py')
    : /^\[metadata\]/m.test(facts.texts.get(at('setup.cfg')) ?? '')
      ? at('setup.cfg')
      : ('build-system' in document && ('name' in project || 'flit' in tool)) || (isPoetry && poetry['package-mode'] !== false)
        ? at('pyproject.toml')
        : null;
  if (file === null) return null;
  const words = ['setup.py', 'setup.cfg', 'pyproject.toml'].map((one) => facts.texts.get(at(one)) ?? '').join('\n');
  const name = typeof project.name === 'string' ? project.name : typeof poetry.name === 'string' ? poetry.name : (/^\s*name\s*=\s*["']?([\w.-]+)/m.exec(words)?.[1] ?? '');
  return { ...evidenceAt(facts, file, null), isPublished: /\bclassifiers?\b\s*[=:]|Programming Language :: Python|^Classifier:/m.test(words) || saysInstall(facts, folder, name) };
}

/** Whether the README tells to install the project by its name. */
function saysInstall(facts: Facts, folder: string, name: string): boolean {
  if (name === '') return false;
  const pattern = name.replace(/[-_.]+/g, '[-_.]').replace(/[^\w[\]\-.]/g, '');
  const installs = new RegExp(
    `\\b(pip3?|pipx|uv tool|uv pip|uv|poetry|conda|brew|apt)\\s+(install|add)\\s+(-\\S+\\s+)*["']?${pattern}(["'\\s\\[=]|$)|\\buvx\\s+${pattern}\\b`,
    'im',
  );
  return [...facts.texts].some(([file, text]) => (folderOf(file) === '.' || folderOf(file) === folder) && /^readme(\.\w+)?$/i.test(nameOf(file)) && installs.test(text));
}
