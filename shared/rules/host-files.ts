import { site } from './site.ts';
import type { AppSpec, HostFile } from './spec.ts';
import { units } from './units.ts';

/** Everything of an app that is text on its host. */
export function filesOf(spec: AppSpec): HostFile[] {
  const own = site(spec);
  return own === null ? units(spec) : [...units(spec), own];
}
