import type { Evidence, ImportFinding } from '../../contract/imports.ts';
import type { Installable } from '../packages/installable.ts';
import { hasWheel, nativeOf, readyFor } from '../packages/native.ts';
import { normalName, pinnedVersion } from '../packages/requirement.ts';
import type { Declared } from '../packages/requirements-file.ts';
import { compareVersions } from '../packages/versions.ts';
import { evidenceAt, type Facts } from './facts.ts';

/** A server that the app may go to, as far as it matters for what is installed there. */
export interface Target {
  /** Its name, for words. */
  host: string;
  /** Full versions that can make a virtual environment, the newest first. */
  pythons: readonly string[];
  /** x86_64 */
  machine: string;
  /** Debian packages that are there, of those in native.ts. */
  libraries: ReadonlySet<string>;
}

/** Names in a sentence. */
export const listed = (names: readonly string[], most = 6): string =>
  names.length > most
    ? `${names.slice(0, most).join(', ')} and ${names.length - most} more`
    : names.length < 2
      ? (names[0] ?? '')
      : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

interface Here {
  name: string;
  written: string;
  extras: readonly string[];
  version: string | null;
  files: readonly string[];
  from: Evidence;
}

/** What is compiled on the server, and what it needs there that Python does not bring. */
export function compiled(facts: Facts, found: Installable, here: readonly Declared[], python: string | null, target: Target | null): ImportFinding[] {
  const all: Here[] =
    found.locked === null
      ? here.map((one) => ({ name: one.name, written: one.written, extras: one.extras, version: pinnedVersion(one), files: [], from: evidenceAt(facts, one.file, one.line) }))
      : found.locked.map((one) => ({
          name: normalName(one.name),
          written: one.name,
          extras: lockedExtras(found.locked ?? [], one.name),
          version: one.version,
          files: one.files,
          from: lockedEvidence(facts, found, one.name),
        }));
  const machine = target?.machine ?? 'x86_64';
  const built: Here[] = [];
  const old: (Here & { from: Evidence; first: string | null })[] = [];
  for (const one of all) {
    const native = nativeOf(one.name, one.extras);
    const isOld = native?.readyFrom !== undefined && one.version !== null && compareVersions(one.version, native.readyFrom) < 0;
    if ((native?.isSource === true || isOld) && !one.files.some((file) => /manylinux/.test(file))) built.push(one);
    else if (python !== null && native === null) {
      const wheels = one.files.some((file) => file.endsWith('.whl'));
      const first = readyFor(one.name, python);
      if (wheels ? hasWheel(one.files, python, machine) === false : first !== null && one.version !== null && compareVersions(one.version, first) < 0) old.push({ ...one, first });
    }
  }
  const results: ImportFinding[] = [];
  const system = needs(all, built);
  const lacks = target === null ? system.names : system.names.filter((name) => !target.libraries.has(name) && !target.libraries.has(`${name}t64`));
  if (lacks.length > 0) {
    const what = system.of(lacks);
    const instead = what.flatMap(({ name, extras }) => nativeOf(name, extras)?.instead ?? []);
    const there = target === null ? 'packages of Debian' : `packages that ${target.host} lacks`;
    const verb = what.every((one) => built.includes(one))
      ? `${what.length === 1 ? 'is' : 'are'} compiled on the server, which takes ${there}`
      : `${what.length === 1 ? 'needs' : 'need'} ${target === null ? `${there} on the server` : there}`;
    const choice = instead.length === 0 ? '' : `. ${listed(instead)} ${instead.length === 1 ? 'does' : 'do'} without`;
    results.push({
      severity: target === null ? 'note' : 'warning',
      text: `${listed(what.map(({ written }) => written))} ${verb}: apt install ${lacks.join(' ')}${choice}`,
      evidence: what.slice(0, 5).map(({ from }) => from),
    });
  }
  if (old.length > 0 && python !== null) {
    const minor = python.split('.').slice(0, 2).join('.');
    const [one] = old;
    const from = old.length === 1 && one?.first != null ? `, the first with one is ${one.first}` : '';
    results.push({
      severity: 'warning',
      text: `${listed(old.map(({ written, version }) => `${written} ${version}`))} ${old.length === 1 ? 'has' : 'have'} no ready wheel for Python ${minor}${from}: ${old.length === 1 ? 'it is' : 'they are'} compiled on the server, which often fails`,
      evidence: old.slice(0, 5).map(({ from }) => from),
    });
  }
  return results;
}

/** Debian packages, and which of ours need some of them. */
function needs(all: readonly Here[], built: readonly Here[]): { names: string[]; of: (names: readonly string[]) => Here[] } {
  const each = new Map<Here, string[]>();
  for (const one of all) {
    const native = nativeOf(one.name, one.extras);
    const names = [...(built.includes(one) ? ['build-essential', 'python3-dev', ...(native?.build ?? [])] : []), ...(native?.run ?? [])];
    if (names.length > 0) each.set(one, names);
  }
  return { names: [...new Set([...each.values()].flat())].sort(), of: (names) => [...each].flatMap(([one, own]) => (own.some((name) => names.includes(name)) ? [one] : [])) };
}

/** A lock file has what an extra brings as a package of its own. */
const lockedExtras = (locked: readonly { name: string }[], name: string): string[] =>
  ['binary', 'c'].filter((extra) => locked.some((one) => normalName(one.name) === `${normalName(name)}-${extra}`));

const lockedEvidence = (facts: Facts, { declared, file }: Installable, name: string): Evidence => {
  const own = declared.packages.find((one) => one.name === normalName(name));
  return own === undefined ? evidenceAt(facts, file ?? '', null) : evidenceAt(facts, own.file, own.line);
};
