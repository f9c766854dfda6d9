import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeploymentProgress } from '../../shared/contract/deployments.ts';
import type { Evidence, Inspection } from '../../shared/contract/imports.ts';
import { Failure } from '../../shared/errors.ts';
import type { AppSettings } from '../../shared/rules/app-settings.ts';
import type { Target } from '../../shared/rules/inspect/native-findings.ts';
import { inspect } from './inspect.ts';
import { decoded } from './inspect/folder.ts';
import type { Scan } from './scan.ts';

export interface FindRequest {
  /** The app's folder in the scanned one. */
  root: string;
  /** A file above that folder names its packages. */
  isNamed: boolean;
  /** The server that it goes to; null where it could not be asked. */
  target: Promise<Target | null>;
  emit: (event: DeploymentProgress) => void | Promise<void>;
  signal: AbortSignal;
}

/**
 * Finds how a folder's app runs, and says what was taken and why, and what is wrong with its packages.
 * @throws Failure invalid on field entryPoint where two answers are equally good, on field folder where there is no app
 */
export async function findApp(scan: Scan, { root, isNamed, target, emit, signal }: FindRequest): Promise<AppSettings> {
  const found = await inspectScan(scan, root, signal, target);
  if (!found.app) throw noApp(found);
  if (found.plan.undecided) throw undecided(found);
  if (isNamed && found.dependencies.source === 'none') {
    delete found.plan.settings.packages;
    found.plan.reasons = found.plan.reasons.filter(({ setting }) => setting !== 'packages');
    found.findings = [];
  }
  for (const text of notesOf(found)) await emit({ type: 'note', text });
  return { ...found.plan.settings, ...(root !== '.' && { root: found.root === '.' ? root : `${root}/${found.root}` }) };
}

/** What a folder of a scanned one is; paths are relative to it. */
export function inspectScan(scan: Scan, root: string, signal: AbortSignal, target?: Promise<Target | null>): Promise<Inspection> {
  const prefix = root === '.' ? '' : `${root}/`;
  const files = scan.files.flatMap(({ path, size }) => (path.startsWith(prefix) ? [{ path: path.slice(prefix.length), size }] : []));
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const read = async (path: string, bytes: number) => ((sizes.get(path) ?? bytes + 1) > bytes ? null : readFile(join(scan.folder, root, path)).then(decoded, () => null));
  const name = (root === '.' ? scan.folder : root).split(/[\\/]/).at(-1) ?? '';
  return inspect({ name, files, unread: [], isCut: false, read }, () => {}, signal, target);
}

const placed = ({ entrypoint, root }: { entrypoint: string | null; root: string }) => `${entrypoint ?? ''}${root === '.' ? '' : ` in ${root}`}`;
const shownAt = ([first]: readonly Evidence[]) => (first === undefined ? '' : `${first.file}${first.line === null ? '' : `:${first.line}`}`);

function noApp({ reason, findings }: Inspection): Failure {
  const stop = findings.find(({ severity }) => severity === 'stop');
  return new Failure('invalid', `There is no app in this folder. ${reason ?? stop?.text ?? ''}`.trim(), {
    field: 'folder',
    hint: 'Say where it is: --entry-point module:object, or write a forgeboard.yml or Procfile.',
  });
}

function undecided({ entrypoint, root, alternatives }: Inspection): Failure {
  const all = [{ entrypoint, root }, ...alternatives].map(placed);
  return new Failure('invalid', `More than one may be the app: ${all.slice(0, 6).join(', ')}`, {
    field: 'entryPoint',
    hint: `Say which: --entry-point ${entrypoint?.includes(':') === true ? entrypoint : 'module:object'}, or write it into a forgeboard.yml.`,
  });
}

/** What was taken, with the lines that say so, and what is worth knowing before anything is sent. */
function notesOf({ type, entrypoint, root, grounds, alternatives, plan, findings }: Inspection): string[] {
  const { confidence, evidence } = grounds.type;
  const sure = confidence === 'certain' ? '' : confidence === 'likely' ? ', most likely' : '. That is a guess: --entry-point or a forgeboard.yml says it otherwise';
  const others = confidence === 'certain' || alternatives.length === 0 ? '' : `. Others: ${alternatives.slice(0, 3).map(placed).join(', ')}`;
  const taken = `Found ${type}, ${placed({ entrypoint, root })} (${shownAt(evidence)})${sure}${others}`;
  const why = plan.reasons.map(({ setting, text, evidence: lines }) => `${setting}: ${text}${shownAt(lines) === '' ? '' : ` (${shownAt(lines)})`}`);
  const known = findings.filter(({ severity }) => severity !== 'note').map(({ text, evidence: lines }) => `${text}${shownAt(lines) === '' ? '' : ` (${shownAt(lines)})`}`);
  return [taken, ...why, ...known];
}
