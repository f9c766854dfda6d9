import type { DependencySource } from '../../contract/imports.ts';
import { allOf, anyOf, type Folded, foldMarker, type Place } from './markers.ts';
import { listOf, textsOf } from './papers.ts';
import { recordOf } from '../inspect/record.ts';
import { normalName, readRequirement } from './requirement.ts';

/** A package of a lock file that the app needs where it is served. */
export interface LockedPackage {
  name: string;
  version: string;
  /** Where it comes from instead of an index: an address, or a folder of the project itself. */
  url: string | null;
  isLocal: boolean;
  /** Where it is needed, with all that is known of servers decided. */
  marker: Folded;
  /** sha256:... of each of its files. */
  hashes: string[];
  /** Names of its files, where the lock file lists them. */
  files: string[];
  /** Packages that it brings, by name. */
  needs: string[];
}

/** What of the project is installed: its main packages, these groups, and the folder of the app in a workspace. */
export interface LockedWish {
  groups: ReadonlySet<string>;
  /** Names that pyproject.toml asks for, where the lock file does not say which group a package is of. */
  asked: readonly { name: string; extras: readonly string[]; marker: string | null }[];
  /** Folder of the app as seen from the lock file. */
  member: string;
}

const linux: Place = { python: null, machine: null, extras: [] };

/** Packages of a lock file, without those for development and for other systems; null where its form is not known. */
export function lockedPackages(source: DependencySource, document: unknown, wish: LockedWish): LockedPackage[] | null {
  const found = readers[source]?.(recordOf(document), wish) ?? null;
  return found === null ? null : merged(found.filter(({ marker }) => marker !== false));
}

const readers: Partial<Record<DependencySource, (document: Record<string, unknown>, wish: LockedWish) => LockedPackage[] | null>> = {
  pipenv: (document) => ('default' in document ? Object.entries(recordOf(document.default)).flatMap(([name, value]) => ofPipenv(name, recordOf(value))) : null),
  pdm: (document, { groups }) => {
    const packages = listOf(document.package).map(recordOf);
    if (packages.length === 0 && !('metadata' in document)) return null;
    const isUsed = (one: Record<string, unknown>) => !Array.isArray(one.groups) || textsOf(one.groups).some((group) => group === 'default' || groups.has(group));
    return packages.filter(isUsed).map((one) => lockedFrom(one, foldMarker(textOf(one.marker), linux)));
  },
  poetry: (document, wish) => {
    const packages = listOf(document.package).map(recordOf);
    if (packages.length === 0 && !('metadata' in document)) return null;
    const older = recordOf(recordOf(document.metadata).files);
    const files = (one: Record<string, unknown>) => (listOf(one.files).length > 0 ? one : { ...one, files: older[String(one.name)] });
    const groupsOf = (one: Record<string, unknown>) => (Array.isArray(one.groups) ? textsOf(one.groups) : typeof one.category === 'string' ? [one.category] : null);
    if (!packages.every((one) => groupsOf(one) !== null)) return walked(packages, wish, poetryNeeds).map(([one, marker]) => lockedFrom(files(one), marker));
    return packages
      .filter(
        (one) =>
          (groupsOf(one) ?? []).some((group) => group === 'main' || wish.groups.has(group)) &&
          (one.optional !== true || wish.asked.some(({ name }) => name === normalName(String(one.name)))),
      )
      .map((one) => lockedFrom(files(one), poetryMarker(one, wish.groups)));
  },
  uv: (document, wish) => {
    const packages = listOf(document.package).map(recordOf);
    if (packages.length === 0 && !('version' in document)) return null;
    const place = (one: Record<string, unknown>) => textOf(recordOf(one.source).virtual) ?? textOf(recordOf(one.source).editable) ?? textOf(recordOf(one.source).directory);
    const root = packages.find((one) => place(one) === wish.member) ?? packages.find((one) => place(one) === '.') ?? packages.find((one) => place(one) !== null);
    if (root === undefined) return [];
    const optional = recordOf(root['optional-dependencies']);
    const grouped = recordOf(root['dev-dependencies']);
    const first = [
      ...listOf(root.dependencies),
      ...[optional, grouped].flatMap((table) => Object.entries(table).flatMap(([group, list]) => (wish.groups.has(group) ? listOf(list) : []))),
    ];
    return walked(packages, { ...wish, asked: first.map(uvNeed) }, uvNeeds)
      .filter(([one]) => one !== root)
      .map(([one, marker]) => lockedFrom(one, marker));
  },
};

interface Need {
  name: string;
  extras: readonly string[];
  marker: string | null;
  /** One of several versions of it. */
  version?: string;
}

/** Follows from what is asked for to what that needs; each with where it is needed. */
function walked(
  packages: readonly Record<string, unknown>[],
  { asked }: Pick<LockedWish, 'asked'>,
  needsOf: (one: Record<string, unknown>, extras: readonly string[]) => Need[],
): [Record<string, unknown>, Folded][] {
  const byName = new Map<string, Record<string, unknown>[]>();
  for (const one of packages) byName.set(normalName(String(one.name)), [...(byName.get(normalName(String(one.name))) ?? []), one]);
  const found = new Map<Record<string, unknown>, { marker: Folded; extras: Set<string> }>();
  const waiting: { need: Need; marker: Folded }[] = asked.map((need) => ({ need, marker: foldMarker(need.marker, linux) }));
  for (let turn = 0; turn < waiting.length && turn < 50_000; turn += 1) {
    const { need, marker } = waiting[turn] as (typeof waiting)[number];
    if (marker === false) continue;
    for (const one of byName.get(normalName(need.name)) ?? []) {
      if (need.version !== undefined && one.version !== need.version) continue;
      const own = listOf(one['resolution-markers']).length === 0 ? true : anyOf(textsOf(one['resolution-markers']).map((text) => foldMarker(text, linux)));
      const here = allOf([marker, own]);
      if (here === false) continue;
      const known = found.get(one);
      const extras = new Set([...(known?.extras ?? []), ...need.extras]);
      const where = known === undefined ? here : anyOf([known.marker, here]);
      // Nothing new is said of it: this also ends circles.
      if (known !== undefined && extras.size === known.extras.size && (known.marker === true || where === known.marker || String(where).length > 400)) continue;
      found.set(one, { marker: where, extras });
      for (const next of needsOf(one, [...extras])) waiting.push({ need: next, marker: allOf([where, foldMarker(next.marker, { ...linux, extras: [...extras] })]) });
    }
  }
  return [...found].map(([one, { marker }]) => [one, marker]);
}

const uvNeed = (given: unknown): Need => {
  const one = recordOf(given);
  return { name: String(one.name), extras: textsOf(one.extra), marker: textOf(one.marker), ...(typeof one.version === 'string' && { version: one.version }) };
};

function uvNeeds(one: Record<string, unknown>, extras: readonly string[]): Need[] {
  const optional = recordOf(one['optional-dependencies']);
  return [...listOf(one.dependencies), ...extras.flatMap((extra) => listOf(optional[extra]))].map(uvNeed);
}

function poetryNeeds(one: Record<string, unknown>, extras: readonly string[]): Need[] {
  const chosen = new Set(extras.flatMap((extra) => textsOf(recordOf(one.extras)[extra])).map((text) => readRequirement(text)?.name));
  return Object.entries(recordOf(one.dependencies)).flatMap(([name, given]) => {
    const all = (Array.isArray(given) ? given : [given]).map(recordOf);
    if (all.every(({ optional }) => optional === true) && !chosen.has(normalName(name))) return [];
    return all.map((table) => ({ name, extras: textsOf(table.extras), marker: textOf(table.markers) }));
  });
}

function poetryMarker(one: Record<string, unknown>, groups: ReadonlySet<string>): Folded {
  if (typeof one.markers === 'string') return foldMarker(one.markers, linux);
  const byGroup = recordOf(one.markers);
  const used = textsOf(one.groups).filter((group) => group === 'main' || groups.has(group));
  return used.length === 0 ? true : anyOf(used.map((group) => foldMarker(textOf(byGroup[group]), linux)));
}

function ofPipenv(name: string, value: Record<string, unknown>): LockedPackage[] {
  const version = /^={2,3}(.+)$/.exec(textOf(value.version) ?? '')?.[1];
  const git = textOf(value.git);
  const url = git === null ? (textOf(value.file) ?? textOf(value.path)) : `git+${git}${value.ref === undefined ? '' : `@${String(value.ref)}`}`;
  if (version === undefined && url === null) return [];
  const isLocal = git === null && textOf(value.path) !== null;
  return [{ name, version: version ?? '', url, isLocal, marker: foldMarker(textOf(value.markers), linux), hashes: textsOf(value.hashes), files: [], needs: [] }];
}

/** A [[package]] of Poetry, PDM or uv. */
function lockedFrom(one: Record<string, unknown>, marker: Folded): LockedPackage {
  const files = [...listOf(one.files), ...listOf(one.wheels), ...(one.sdist === undefined ? [] : [one.sdist])].map(recordOf);
  const source = recordOf(one.source);
  const path =
    textOf(source.virtual) ?? textOf(source.editable) ?? textOf(source.directory) ?? (textOf(source.type) === 'directory' ? textOf(source.url) : null) ?? textOf(one.path);
  const needs = Array.isArray(one.dependencies)
    ? one.dependencies.map((need) => (typeof need === 'string' ? (readRequirement(need)?.name ?? '') : String(recordOf(need).name)))
    : Object.keys(recordOf(one.dependencies));
  return {
    name: String(one.name),
    version: textOf(one.version) ?? '',
    url: path ?? addressOf(one, source),
    isLocal: path !== null,
    marker,
    hashes: files.flatMap(({ hash }) => (typeof hash === 'string' && /^sha\d+:/.test(hash) ? [hash] : [])),
    files: files.flatMap(({ file, url }) => (typeof file === 'string' ? [file] : typeof url === 'string' ? [url.slice(url.lastIndexOf('/') + 1).replace(/#.*$/, '')] : [])),
    needs: needs.map(normalName),
  };
}

/** git+https://...@commit, or an address of a file; null for what an index has. */
function addressOf(one: Record<string, unknown>, source: Record<string, unknown>): string | null {
  const [git, commit] = /^([^?#]+)[^#]*(?:#(.+))?$/.exec(textOf(source.git) ?? '')?.slice(1) ?? [];
  if (git !== undefined) return `git+${git}${commit === undefined ? '' : `@${commit}`}`;
  if (source.type === 'git') return `git+${String(source.url)}@${String(source.resolved_reference ?? source.reference)}`;
  if (textOf(one.git) !== null) return `git+${String(one.git)}@${String(one.revision ?? one.ref)}`;
  return source.type === 'url' || (source.type === undefined && source.registry === undefined && typeof source.url === 'string') ? String(source.url) : null;
}

/** PDM lists a package once more for each of its extras. */
function merged(packages: readonly LockedPackage[]): LockedPackage[] {
  const found = new Map<string, LockedPackage>();
  for (const one of packages) {
    const key = `${normalName(one.name)} ${one.version}`;
    const known = found.get(key);
    found.set(
      key,
      known === undefined
        ? one
        : { ...known, marker: anyOf([known.marker, one.marker]), hashes: [...new Set([...known.hashes, ...one.hashes])], needs: [...new Set([...known.needs, ...one.needs])] },
    );
  }
  return [...found.values()].sort((one, other) => (normalName(one.name) < normalName(other.name) ? -1 : 1));
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
