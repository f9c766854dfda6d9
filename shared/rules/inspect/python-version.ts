import type { Evidence, ImportFinding } from '../../contract/imports.ts';
import { admits, compareVersions } from '../packages/versions.ts';
import { evidenceAt, type Facts } from './facts.ts';
import { joined, nameOf, upwards } from './project.ts';
import { recordOf } from './record.ts';

export interface DeclaredPython {
  /** 3.12, 3.12.4 or a range like >=3.9 */
  version: string;
  isExact: boolean;
  evidence: Evidence;
}

/** Where each kind of file declares the version. The first group is it. */
const places: [RegExp, RegExp][] = [
  [/^\.python-version$/, /^\s*(?:cpython[-@])?(\d\.\d+(?:\.\d+)?)\s*$/m],
  [/^runtime\.txt$/i, /python-(\d\.\d+(?:\.\d+)?)/],
  [/^\.tool-versions$/, /^python\s+(\d\.\d+(?:\.\d+)?)/m],
  [/^Pipfile$/, /^python_(?:full_)?version\s*=\s*["'](\d\.\d+(?:\.\d+)?)["']/m],
  [/Dockerfile|Containerfile/i, /^FROM\s+(?:--\S+\s+)?\S*python:(\d\.\d+(?:\.\d+)?)/im],
  [/^environment.*\.ya?ml$|^conda.*\.ya?ml$/i, /^\s*-\s*python\s*=+\s*(\d\.\d+(?:\.\d+)?)/m],
  [/^app(\.[\w-]+)?\.ya?ml$/, /^runtime:\s*python(3)\.?(\d+)\s*$/m],
  [/^nixpacks\.toml$/, /python3?(\d\d)\b/],
  [/^render\.ya?ml$/, /PYTHON_VERSION\s*[\s\S]{0,30}?value:\s*["']?(\d\.\d+(?:\.\d+)?)/],
];

/** Every place that declares a version of Python for an app, those that name one exactly first. */
export function pythonVersions(facts: Facts, root: string): DeclaredPython[] {
  const exact: DeclaredPython[] = [];
  const ranges: DeclaredPython[] = [];
  for (const folder of upwards(root)) {
    for (const [name, pattern] of places) {
      for (const [path, text] of facts.texts) {
        if (path !== joined(folder, nameOf(path)) || !name.test(nameOf(path))) continue;
        const found = pattern.exec(text);
        if (found?.[1] === undefined) continue;
        const version = found[2] === undefined ? (found[1].length === 2 && !found[1].includes('.') ? `3.${found[1]}` : found[1]) : `${found[1]}.${found[2]}`;
        exact.push({ version, isExact: true, evidence: evidenceAt(facts, path, lineOf(text, found.index + found[0].lastIndexOf(found[1]))) });
      }
    }
    ranges.push(...rangesIn(facts, folder));
  }
  return [...exact, ...ranges];
}

function rangesIn(facts: Facts, folder: string): DeclaredPython[] {
  const found: DeclaredPython[] = [];
  const add = (path: string, text: string, range: unknown): void => {
    if (typeof range !== 'string' || !/\d/.test(range)) return;
    const at = text.search(/requires-python|python_requires|^\s*python\s*=/m);
    const version = normal(range);
    found.push({ version, isExact: /^\d/.test(version), evidence: evidenceAt(facts, path, at < 0 ? null : lineOf(text, at + 1)) });
  };
  const pyproject = joined(folder, 'pyproject.toml');
  const document = recordOf(facts.documents.get(pyproject));
  add(pyproject, facts.texts.get(pyproject) ?? '', recordOf(document.project)['requires-python'] ?? recordOf(recordOf(recordOf(document.tool).poetry).dependencies).python);
  for (const name of ['setup.cfg', 'setup.py']) {
    const path = joined(folder, name);
    const text = facts.texts.get(path) ?? '';
    add(path, text, /python_requires\s*=\s*["']?([^"'\n,)]*(?:,[^"'\n)]*)?)/.exec(text)?.[1]);
  }
  return found;
}

/** Poetry's ^3.9 and ~3.9 as everybody writes them. */
function normal(range: string): string {
  const trimmed = range.replace(/\s+/g, '');
  const caret = /^\^(\d+)\.(\d+)(\.\d+)?$/.exec(trimmed);
  if (caret !== null) return `>=${trimmed.slice(1)},<${Number(caret[1]) + 1}.0`;
  const tilde = /^~(\d+)\.(\d+)(\.\d+)?$/.exec(trimmed);
  if (tilde !== null) return `>=${trimmed.slice(1)},<${tilde[1]}.${Number(tilde[2]) + 1}`;
  return trimmed.replace(/^==(\d+\.\d+(\.\d+)?)(\.\*)?$/, '$1').replace(/^(\d+\.\d+)\.\*$/, '$1');
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** The interpreter of a server that an app gets: the one that is declared where it is there, else the newest in the range, else the newest. */
export function pythonFor(versions: readonly DeclaredPython[], pythons: readonly string[]): string | null {
  const exact = versions.filter(({ isExact }) => isExact);
  const ranges = versions.filter(({ isExact }) => !isExact);
  const inRange = pythons.filter((one) => ranges.every(({ version }) => admits(version, one)));
  for (const { version } of exact) {
    const same = inRange.find((one) => minor(one) === minor(version));
    if (same !== undefined) return same;
  }
  return inRange[0] ?? pythons[0] ?? null;
}

/** What a declared version and the interpreters of a server have to say of each other. */
export function pythonFindings(versions: readonly DeclaredPython[], target: { host: string; pythons: readonly string[] } | null): ImportFinding[] {
  const exact = versions.filter(({ isExact }) => isExact);
  const found: ImportFinding[] = [];
  const [first] = exact;
  const other = exact.find(({ version }) => first !== undefined && minor(version) !== minor(first.version));
  if (first !== undefined && other !== undefined)
    found.push({
      severity: 'note',
      text: `${first.evidence.file} says Python ${first.version}, ${other.evidence.file} says ${other.version}`,
      evidence: [first.evidence, other.evidence],
    });
  if (first !== undefined && /^2\./.test(first.version))
    return [...found, { severity: 'stop', text: `It asks for Python ${first.version}; servers have Python 3`, evidence: [first.evidence] }];
  const chosen = target === null ? null : pythonFor(versions, target.pythons);
  if (target === null || chosen === null) return found;
  const has = `${target.host} has ${target.pythons.map(minor).join(', ')}`;
  const outside = versions.find(({ version, isExact }) => !isExact && !admits(version, chosen));
  if (outside !== undefined) {
    const isOlder = !admits((/>=?\s*\d[\d.]*|~=\s*\d[\d.]*/.exec(outside.version)?.[0] ?? '').replace('~=', '>='), chosen);
    found.push({
      severity: isOlder ? 'stop' : 'warning',
      text: isOlder ? `It asks for Python ${outside.version}; ${has}` : `It is made for Python ${outside.version}; ${has}, so it runs with ${minor(chosen)}`,
      evidence: [outside.evidence],
    });
  } else if (first !== undefined && minor(first.version) !== minor(chosen)) {
    const isOlder = compareVersions(minor(chosen), minor(first.version)) < 0;
    found.push({ severity: isOlder ? 'warning' : 'note', text: `It asks for Python ${first.version}; ${has}, so it runs with ${minor(chosen)}`, evidence: [first.evidence] });
  }
  return found;
}

const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
