import type { AppSettings } from '../../shared/rules/app-settings.ts';
import type { Explained, KnownSpec } from '../../shared/rules/explain/said.ts';
import { importSettings } from '../../shared/rules/import-settings.ts';
import type { Target } from '../../shared/rules/inspect/native-findings.ts';
import { compareVersions } from '../../shared/rules/packages/versions.ts';
import { inspectScan } from './find-app.ts';
import type { Scan } from './scan.ts';

/** Completes an explanation from the folder that was deployed and the server that it went to. */
export async function completed(found: Explained, scan: Scan, spec: NonNullable<KnownSpec>, target: () => Promise<Target | null>, signal: AbortSignal): Promise<Explained> {
  const { asks } = found;
  if (asks === undefined) return found;
  const fix = (label: string, settings: AppSettings) => ({ label, variable: null, settings });
  if (typeof asks === 'object') {
    const there = await target();
    const python = there?.pythons.filter((one) => compareVersions(one, asks.python) >= 0).at(-1);
    if (there === null) return found;
    if (python === undefined) return { ...found, hint: `${there.host} has ${there.pythons.join(', ')}: install a newer one there.` };
    const minor = python.split('.').slice(0, 2).join('.');
    return { ...found, hint: `${there.host} has ${minor}: choose it.`, fix: fix(`Run it with Python ${minor}`, { python: minor }) };
  }
  const inspection = await inspectScan(scan, spec.root, signal);
  if (asks === 'persist') {
    const kept = inspection.persist.map(({ path }) => path).filter((path) => !spec.persist.includes(path));
    if (kept.length === 0) return found;
    return {
      ...found,
      hint: `Keep ${kept.join(', ')} in the data folder, where it also outlives releases.`,
      fix: fix(`Keep ${kept.join(', ')}`, { persist: [...spec.persist, ...kept] }),
    };
  }
  const all = [inspection, ...inspection.alternatives].filter(({ entrypoint, type }) => entrypoint?.includes(':') === true && type !== 'worker' && entrypoint !== spec.entrypoint);
  const [first] = all;
  if (first === undefined) return found;
  const settings = importSettings({
    type: first.type,
    root: spec.root === '.' ? first.root : first.root === '.' ? spec.root : `${spec.root}/${first.root}`,
    entrypoint: first.entrypoint ?? '',
  });
  return {
    ...found,
    hint: `In the folder ${all.length === 1 ? 'is' : 'are'}: ${all.map(({ entrypoint, root }) => `${entrypoint}${root === '.' ? '' : ` in ${root}`}`).join(', ')}.`,
    fix: fix(`Start ${first.entrypoint}`, settings),
  };
}
