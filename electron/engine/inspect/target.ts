import type { Host } from '../../../shared/contract/hosts.ts';
import { Failure } from '../../../shared/errors.ts';
import type { Target } from '../../../shared/rules/inspect/native-findings.ts';
import { debianPackages } from '../../../shared/rules/packages/native.ts';
import type { Asker, Kits } from '../../hostkit/kits.ts';

/** What of a host matters for the packages of an app; null where the host cannot be asked now, which is said elsewhere. */
export async function targetOf(kits: Kits, host: Host, asker: Asker): Promise<Target | null> {
  try {
    const kit = await kits.get(host, asker);
    const { pythons, architecture, packages } = await kit.call('hosts.check', { packages: debianPackages }, { signal: asker.signal });
    const able = pythons.filter(({ venv }) => venv);
    // Without any, prepare makes the newest one able.
    return { host: host.name, pythons: (able.length > 0 ? able : pythons).map(({ version }) => version), machine: architecture, libraries: new Set(packages.installed) };
  } catch (error) {
    if (!(error instanceof Failure) || asker.signal.aborted) throw error;
    return null;
  }
}
