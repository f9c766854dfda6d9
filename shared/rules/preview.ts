import { unifiedDiff } from './diff.ts';
import type { Plan } from './plan.ts';
import { registryPath } from './plan.ts';
import { sitePath } from './site.ts';
import type { AppSpec, HostFile } from './spec.ts';

/** What a first or next deployment would write on a server beside the release, and what lies there now. */
export interface PreviewFacts {
  spec: AppSpec;
  /** Null where the app is not there yet. */
  applied: { files: Readonly<Record<string, string>> } | null;
  found: ReadonlyMap<string, string>;
  files: readonly HostFile[];
  registry: { before: string; after: string };
}

/** Pure: the sentences and the files of a preview, to the last byte. */
export function previewOf({ spec, applied, found, files, registry }: PreviewFacts): { makes: string[]; files: Plan['files'] } {
  const wanted = new Map(files.map(({ path, content }) => [path, content]));
  const gone = Object.keys(applied?.files ?? {}).filter((path) => files.length > 0 && !wanted.has(path) && found.has(path));
  const change = (path: string, before: string | null, after: string | null): Plan['files'][number] => ({
    path,
    kind: before === null ? 'new' : after === null ? 'removed' : 'changed',
    diff: unifiedDiff(before, after),
  });
  const changes = [
    ...[...wanted].map(([path, content]) => change(path, found.get(path) ?? null, content)),
    ...gone.map((path) => change(path, found.get(path) ?? null, null)),
    ...(registry.before === registry.after ? [] : [change(registryPath, registry.before, registry.after)]),
  ].filter(({ diff }) => diff !== '');
  return { makes: makesOf(spec, applied === null, wanted), files: changes };
}

function makesOf(spec: AppSpec, isNew: boolean, wanted: ReadonlyMap<string, string>): string[] {
  const { app, dependencies, server, build, before, after, persist } = spec;
  const units = [...wanted.keys()].filter((path) => path.startsWith('/etc/systemd/')).length;
  const said = (commands: readonly (readonly string[])[]) => commands.map((words) => words.join(' ')).join('; ');
  const packages = [...dependencies.files, ...server];
  return [
    ...(isNew ? [`A user of its own, fb-${app}, and its folder /srv/forgeboard/${app}.`] : []),
    ...(isNew && wanted.has(sitePath(app)) ? [spec.domains.length > 0 ? `A site for ${spec.domains.join(', ')}.` : `A site on port ${spec.port}.`] : []),
    ...(isNew && units > 0 ? [`${units} ${units === 1 ? 'unit' : 'units'} of systemd.`] : []),
    ...(packages.length > 0 ? [`An environment with the packages of ${packages.join(' and ')}, where no release had the same.`] : []),
    ...(persist.length > 0 ? [`Kept in its data folder: ${persist.join(', ')}.`] : []),
    ...(build.length > 0 ? [`Run in the release before it is sealed: ${said(build)}`] : []),
    ...(before.length > 0 ? [`Run before the start: ${said(before)}`] : []),
    ...(after.length > 0 ? [`Run after the switch: ${said(after)}`] : []),
  ];
}
