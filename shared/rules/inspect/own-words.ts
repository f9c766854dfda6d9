import type { Evidence, ImportFinding } from '../../contract/imports.ts';
import { Failure } from '../../errors.ts';
import { type AppSettings, typeOf } from '../app-settings.ts';
import { readSettings } from '../wanted.ts';
import type { Candidate } from './candidate.ts';
import { evidenceAt, type Facts } from './facts.ts';
import { joined } from './project.ts';
import { recordOf } from './record.ts';
import type { Verdict } from './verdict.ts';

/** What the folder's forgeboard.yml says; nothing where there is none. */
export interface OwnWords {
  settings: AppSettings;
  problem: ImportFinding | null;
}

const file = 'forgeboard.yml';

export function ownWords(facts: Facts): OwnWords {
  if (!facts.texts.has(file)) return { settings: {}, problem: null };
  const stop = (text: string, line: number | null): OwnWords => ({ settings: {}, problem: { severity: 'stop', text, evidence: [evidenceAt(facts, file, line)] } });
  const document = facts.documents.get(file);
  if (document === undefined || (document !== null && (typeof document !== 'object' || Array.isArray(document))))
    return stop(`${file} cannot be understood: settings are expected, like type: wsgi`, null);
  try {
    return { settings: readSettings(recordOf(document), file, 'refused'), problem: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return stop(error.message, lineOf(facts, error.field?.split('.')[0] ?? ''));
  }
}

const lineOf = (facts: Facts, key: string): number | null => {
  const at = (facts.texts.get(file) ?? '').split(/\r?\n/).findIndex((line) => line.startsWith(`${key}:`));
  return at < 0 ? null : at + 1;
};

/** A person said how it runs: that counts, whatever the code looks like. */
export function withOwnWords(facts: Facts, { settings }: OwnWords, verdict: Verdict): Verdict {
  const { type, entry_point, command, folder, processes, root = '.' } = settings;
  const key = (['type', 'entry_point', 'command', 'folder'] as const).find((name) => settings[name] !== undefined);
  if (key === undefined) return verdict;
  const evidence: Evidence[] = [evidenceAt(facts, file, lineOf(facts, key))];
  const all = verdict.best === null ? verdict.others : [verdict.best, ...verdict.others];
  const served = type === undefined ? (command !== undefined ? 'command' : entry_point !== undefined ? 'wsgi' : 'static') : (typeOf(type) ?? 'wsgi');
  const said = entry_point ?? (served === 'static' ? (folder ?? '.') : scriptIn(command ?? Object.values(processes ?? {})[0]));
  const known = all.find((one) => one.root === root && (said === null || one.entrypoint === said));
  const module = entry_point?.split(':')[0]?.replaceAll('.', '/');
  const best: Candidate = known ?? {
    type: served === 'command' ? 'script' : served,
    served: served === 'command' || served === 'worker' ? 'script' : served,
    path: [`${module}.py`, `${module}/__init__.py`, said ?? ''].map((path) => joined(root, path)).find((path) => facts.project.has(path)) ?? file,
    root,
    entrypoint: said ?? command ?? '',
    score: 0,
    confidence: 'certain',
    evidence,
  };
  return { best: { ...best, confidence: 'certain', evidence }, others: all.filter((one) => one !== known), reason: null, evidence, undecided: false };
}

/** The Python file that a command starts. */
const scriptIn = (command: string | undefined): string | null => /(?:^|\s)([\w./-]+\.py)(?=\s|$)/.exec(command ?? '')?.[1] ?? null;
