import type { Ground, ImportFinding, Inspection } from '../../contract/imports.ts';
import { type Installable, installable } from '../packages/installable.ts';
import { isWellKnown, packageOf } from '../packages/modules.ts';
import { sizeText } from '../size.ts';
import type { Candidate } from './candidate.ts';
import { dependenciesOf, type NamedDependencies } from './dependencies.ts';
import { environmentOf } from './environment.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { processesOf, servedFolders } from './processes.ts';
import { type NeededModule, neededModules } from './imported.ts';
import { ownWords, withOwnWords } from './own-words.ts';
import { suggestedSettings } from './suggested.ts';
import { streamlitSecrets } from './streamlit-secrets.ts';
import type { Target } from './native-findings.ts';
import { packageFindings } from './package-findings.ts';
import { type DeclaredPython, pythonFindings, pythonFor, pythonVersions } from './python-version.ts';
import { servicesOf } from './services.ts';
import { type Verdict, verdictOf } from './verdict.ts';
import { writtenPaths } from './written.ts';

/** What is wrong with the folder itself, found while it was read. */
export interface Trouble {
  unread: readonly string[];
  isCut: boolean;
  /** Modules that were too large, too many or not to be understood, with why. */
  skipped: readonly { path: string; why: string }[];
}

/** The whole answer, from facts alone. */
export function inspectionOf(facts: Facts, trouble: Trouble, target: Target | null = null): Inspection {
  const own = ownWords(facts);
  const verdict = withOwnWords(facts, own, verdictOf(facts));
  const { best } = verdict;
  const dependencies = dependenciesOf(facts, best?.root ?? '.', best?.path ?? null);
  const versions = pythonVersions(facts, best?.root ?? '.');
  const packages = installable(facts, dependencies.source, dependencies.file, best?.root ?? '.');
  const modules = [...facts.project.sheets.values()].filter(({ path }) => farness(path) < 2);
  const processes = best === null ? {} : processesOf(facts, best);
  const environment = best === null || best.type === 'static' ? [] : environmentOf(facts, best);
  const served = best === null ? { static: [], media: [] } : servedFolders(facts, best);
  const persist = best === null || best.type === 'static' ? [] : writtenPaths(facts, best, served.media);
  const needed = best === null || best.type === 'static' ? [] : neededModules(facts, best);
  const isNamed = dependencies.source !== 'none';
  const plan =
    best === null ? { settings: {}, reasons: [] } : suggestedSettings({ facts, best, own: own.settings, processes, environment, persist, needed, isNamed, versions, target });
  return {
    app: best !== null,
    reason: verdict.reason,
    type: best?.type ?? 'none',
    root: best?.root ?? '.',
    entrypoint: best?.entrypoint ?? null,
    alternatives: verdict.others.map(({ type, root, entrypoint, confidence, evidence }) => ({
      type,
      root,
      entrypoint,
      confidence: confidence === 'certain' ? 'likely' : confidence,
      evidence,
    })),
    python: versions[0]?.version ?? null,
    dependencies: { source: dependencies.source, file: dependencies.file },
    processes,
    environment,
    services: best === null || best.type === 'static' ? [] : servicesOf(facts, modules, new Set(packages.declared.packages.map(({ name }) => name))),
    ...served,
    persist,
    findings: [
      ...(own.problem === null ? [] : [own.problem]),
      ...findingsOf(facts, verdict, trouble),
      ...(best === null ? [] : ofPackages(facts, best, packages, needed, versions, target)),
    ].slice(0, 100),
    plan: { ...plan, undecided: verdict.undecided },
    grounds: groundsOf(verdict, processes, dependencies, versions),
  };
}

const nouns: Record<Inspection['type'], string> = {
  flask: 'A Flask app',
  fastapi: 'A FastAPI app',
  django: 'A Django project',
  asgi: 'An ASGI app',
  wsgi: 'A WSGI app',
  streamlit: 'A Streamlit app',
  gradio: 'A Gradio app',
  script: 'A script that ends by itself',
  worker: 'A program that waits for work',
  static: 'Pages',
  none: 'No app',
};

function groundsOf(
  { best, others, reason, evidence }: Verdict,
  { web }: Readonly<Record<string, string>>,
  dependencies: NamedDependencies,
  versions: readonly DeclaredPython[],
): Inspection['grounds'] {
  const type: Ground = {
    confidence: best?.confidence ?? 'likely',
    text: reason ?? (best?.type === 'script' && web !== undefined ? 'A program that serves the web by itself' : nouns[best?.type ?? 'none']),
    evidence,
  };
  const [version] = versions;
  return {
    type,
    entrypoint:
      best === null ? null : { confidence: best.confidence, text: others.length === 0 ? 'The only one' : `The likeliest of ${others.length + 1}`, evidence: best.evidence },
    python:
      version === undefined ? null : { confidence: version.isExact ? 'certain' : 'likely', text: `${version.evidence.file} says ${version.version}`, evidence: [version.evidence] },
    dependencies: { confidence: dependencies.file === null ? 'guess' : 'certain', text: dependencies.text, evidence: dependencies.evidence },
  };
}

function findingsOf(facts: Facts, { best }: Verdict, trouble: Trouble): ImportFinding[] {
  const found: ImportFinding[] = [];
  const add = (severity: ImportFinding['severity'], text: string, ...evidence: ImportFinding['evidence']) => found.push({ severity, text, evidence });
  if (trouble.isCut) add('stop', `There are more than ${facts.paths.length.toLocaleString('en')} files; the rest was not looked at. Name what need not go in .forgeboardignore`);
  for (const path of trouble.unread.slice(0, 20)) add('warning', `${path} cannot be read: what lies in it is not known`, { file: path, line: null, text: '' });
  for (const { path, why } of trouble.skipped.slice(0, 20)) add('note', `${path} ${why}`, { file: path, line: null, text: '' });
  for (const [path, document] of facts.documents) {
    if (document === undefined && /(^|\/)(pyproject\.toml|Pipfile|fly\.toml)$/.test(path)) add('warning', `${path} is broken: nothing of it counts`, evidenceAt(facts, path, null));
  }
  if (best !== null) found.push(...ofEntry(facts, best), ...(best.type === 'streamlit' ? streamlitSecrets(facts) : []));
  for (const [path, size] of facts.sizes) if (size > 100e6) add('note', `${path} has ${sizeText(size)}`, { file: path, line: null, text: '' });
  return found;
}

function ofPackages(
  facts: Facts,
  best: Candidate,
  packages: Installable,
  needed: readonly NeededModule[],
  versions: readonly DeclaredPython[],
  target: Target | null,
): ImportFinding[] {
  const python = target === null ? null : pythonFor(versions, target.pythons);
  const found = [...pythonFindings(versions, target), ...packageFindings(facts, best, packages, needed, python, target)];
  if (packages.source !== 'none' || best.type === 'static') return found;
  const names = needed.map(({ module }) => packageOf(module));
  const [known, unknown] = [names.filter(isWellKnown), names.filter((name) => !isWellKnown(name))];
  const text =
    names.length === 0
      ? 'No file names packages, and nothing is imported that would need one'
      : `No file names the packages. ${known.length === 0 ? '' : `By its imports it needs ${known.join(', ')}`}${unknown.length === 0 ? '' : `${known.length === 0 ? '' : '; '}which package brings ${unknown.join(', ')} is not known`}`;
  return [{ severity: names.length === 0 ? 'note' : 'warning', text, evidence: needed.slice(0, 5).map(({ evidence }) => evidence) }, ...found];
}

function ofEntry(facts: Facts, best: Candidate): ImportFinding[] {
  const sheet = facts.project.sheets.get(best.path);
  if (sheet === undefined) return [];
  const { isPython2, brokenAt } = sheet.syntax;
  if (isPython2) return [{ severity: 'stop', text: `${best.path} is written for Python 2`, evidence: [evidenceAt(facts, best.path, brokenAt)] }];
  return brokenAt === null ? [] : [{ severity: 'note', text: `${best.path} could not be understood from line ${brokenAt} on`, evidence: [evidenceAt(facts, best.path, brokenAt)] }];
}
