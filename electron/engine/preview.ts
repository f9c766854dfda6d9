import type { Host } from '../../shared/contract/hosts.ts';
import type { AppSettings } from '../../shared/rules/app-settings.ts';
import type { Plan } from '../../shared/rules/plan.ts';
import { previewOf } from '../../shared/rules/preview.ts';
import type { AppSpec } from '../../shared/rules/spec.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import { findApp } from './find-app.ts';
import { targetOf } from './inspect/target.ts';
import { knownApp } from './known-app.ts';
import { planOf } from './release.ts';
import type { Scan } from './scan.ts';

/** What a deployment of this folder would make of the host, from the same plan that the deployment itself makes. @throws as release does, before it sends anything */
export async function preview(
  kits: Kits,
  { host, app, scan, settings }: { host: Host; app: string; scan: Scan; settings: AppSettings },
  asker: Asker,
): Promise<{ spec: AppSpec; isNew: boolean; makes: string[]; files: Plan['files'] }> {
  const { signal } = asker;
  const kit = await kits.get(host, asker);
  const [registry, known, now] = await Promise.all([kit.call('registry.read', {}, { signal }), knownApp(kit, app, signal, 0), kit.call('configuration.read', { app }, { signal })]);
  const { spec, apply } = await planOf({ app, scan, settings }, { registry, applied: known === null ? null : known.app }, (root, isNamed) =>
    findApp(scan, { root, isNamed, target: targetOf(kits, host, asker), emit: () => {}, signal }),
  );
  const found = new Map(now.files.map(({ path, text }) => [path, text]));
  const shown = previewOf({ spec, applied: now.applied, found, files: apply?.files ?? [], registry: { before: registry.text, after: apply?.registry?.text ?? registry.text } });
  return { spec, isNew: now.applied === null, ...shown };
}
