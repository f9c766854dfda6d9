import type { Confidence, Evidence, Inspection } from '../../../shared/contract/imports.ts';
import { visible } from '../../../shared/rules/visible.ts';

const words: Record<Confidence, string> = { certain: 'Certain', likely: 'Likely', guess: 'A guess' };
const marks = { stop: '✗', warning: '!', note: '·' } as const;

const at = (evidence: readonly Evidence[]): string => {
  const [first] = evidence;
  if (first === undefined) return '';
  return `${first.file}${first.line === null ? '' : `:${first.line}`}${first.text === '' ? '' : `  ${first.text}`}`;
};

/** What a folder is and needs, as a page to read. */
export function inspectedText(found: Inspection): string {
  const lines: string[] = [];
  const row = (name: string, value: string, why = '') => lines.push(`${name.padEnd(12)}  ${value.padEnd(why === '' ? 0 : 34)}${why === '' ? '' : `  ${why}`}`);
  const { grounds, dependencies } = found;
  row('kind', found.app ? found.type : 'none', found.app ? `${words[grounds.type.confidence]}. ${at(grounds.type.evidence)}` : at(grounds.type.evidence));
  if (found.reason !== null) row('', found.reason);
  if (found.root !== '.') row('folder', found.root);
  if (found.entrypoint !== null) row('starts with', found.entrypoint, grounds.entrypoint?.text ?? '');
  for (const other of found.alternatives) row('', `or ${other.entrypoint ?? '-'}${other.root === '.' ? '' : ` in ${other.root}`}`, `${other.type}. ${at(other.evidence)}`);
  if (found.python !== null) row('python', found.python, at(grounds.python?.evidence ?? []));
  row('packages', dependencies.file ?? 'no file names them', dependencies.file === null ? '' : dependencies.source);
  for (const [name, command] of Object.entries(found.processes)) row('process', name, command);
  if (found.services.length > 0) row('services', found.services.join(', '));
  if (found.static.length > 0) row('static', found.static.join(', '));
  if (found.media.length > 0) row('media', found.media.join(', '));
  for (const { path, evidence } of found.persist) row('keep', path, at(evidence));
  for (const { name, required, default: given, secret, evidence } of found.environment) {
    const [first] = evidence;
    const need = required ? 'needed' : given === null ? 'not needed' : `not needed, ${given}`;
    row('variable', name, `${need}${secret ? ', secret' : ''}${first === undefined ? '' : `  ${first.file}${first.line === null ? '' : `:${first.line}`}`}`);
  }
  for (const { setting, text, evidence } of found.plan.reasons) row(setting, text, at(evidence).split('  ')[0]);
  for (const { severity, text } of found.findings) lines.push(`${marks[severity]} ${text}`);
  return lines.map((line) => `${visible(line).trimEnd()}\n`).join('');
}
