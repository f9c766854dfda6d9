import { randomBytes } from 'node:crypto';
import type { Host } from '../../shared/contract/hosts.ts';
import type { KnownKey } from '../../shared/contract/known-hosts.ts';
import { Failure } from '../../shared/errors.ts';
import { visible } from '../../shared/rules/visible.ts';
import type { Handlers } from '../dispatch.ts';
import { confirmed } from '../engine/confirmed.ts';
import { hostTarget } from '../ssh/host-target.ts';
import type { KnownHosts } from '../ssh/known-hosts.ts';
import { type FileLine, fileLines, type Forgotten, forgetLines, restoreLines } from '../ssh/known-hosts-file.ts';
import { isHashed, knownName, namesMatch } from '../ssh/known-hosts-lines.ts';
import { keyPlaceOf, type SshTarget } from '../ssh/target.ts';
import type { Inventory } from '../store/inventory.ts';

const mostListed = 2_000;

/** How a host of the inventory is named in known_hosts files, and which of them count for it. */
interface Place {
  host: string;
  name: string;
  /** Without its port: such a line counts too where none contradicts, but is another server's as well. */
  bare: string;
  files: string[];
}

/** A key, and whether it is there under the very names of its hosts. */
type Found = KnownKey & { direct: boolean };

export function knownHostsFeature({ inventory, knownHosts }: { inventory: Inventory; knownHosts: KnownHosts }): Handlers<'known-hosts'> {
  let last: { undo: string; forgotten: Forgotten; count: number } | undefined;
  const own = knownHosts.paths.append;

  const read = async (signal: AbortSignal) => {
    const places = await Promise.all((await inventory.list()).map((host) => placeIn(host, knownHosts, signal)));
    const paths = [...new Set([...knownHosts.paths.read, ...places.flatMap(({ files }) => files)])];
    const files = await Promise.all(
      paths.map(async (path) => {
        try {
          return { path, problem: null, lines: await fileLines(path) };
        } catch (error) {
          // One file that cannot be read must not hide the others; connections are refused until it can.
          if (error instanceof Failure) return { path, problem: `${error.message}. ${error.hint ?? ''}`.trim(), lines: [] };
          throw error;
        }
      }),
    );
    return { files, places };
  };

  return {
    async list({ host }, { signal }) {
      if (host !== undefined) await inventory.get(host);
      const { files, places } = await read(signal);
      const lines = files.flatMap(({ lines }) => lines);
      const keys = lines.flatMap((line) => keyOf(line, places, own)).filter(({ hosts }) => host === undefined || hosts.includes(host));
      return {
        files: files
          .filter(({ path, lines, problem }) => path === own || lines.length > 0 || problem !== null)
          .map(({ path, problem }) => ({ path, problem, writable: path === own })),
        keys: keys.slice(0, mostListed).map(({ direct: _direct, ...key }) => key),
        broken:
          host !== undefined
            ? []
            : lines.flatMap(({ file, line, text, read }) => ('wrong' in read ? [{ file, line, text: visible(text.slice(0, 200)), wrong: read.wrong }] : [])).slice(0, mostListed),
        more: Math.max(0, keys.length - mostListed),
      };
    },

    async forget({ id, host, yes }, context) {
      if ((id === undefined) === (host === undefined))
        throw new Failure('invalid', 'Name one key with --id, or a server with --host', { field: 'id', hint: 'The keys have names in: forgeboard known-hosts list' });
      if (host !== undefined) await inventory.get(host);
      const { files, places } = await read(context.signal);
      const all = files.flatMap(({ lines }) => lines).flatMap((line) => keyOf(line, places, own));
      const spoken = host === undefined ? all.filter((key) => key.id === id) : all.filter(({ hosts }) => hosts.includes(host));
      const kept = host === undefined ? [] : spoken.flatMap((key) => whyKept(key, own));
      const chosen = host === undefined ? spoken : spoken.filter((key) => whyKept(key, own).length === 0);
      if (chosen.length === 0) {
        throw new Failure('not-found', host === undefined ? 'No such key is known here' : `No key in ${own} is there for ${host} alone`, {
          hint: kept[0] === undefined ? 'See what is there: forgeboard known-hosts list' : `${kept[0].file} line ${kept[0].line} stays: ${kept[0].reason}`,
        });
      }
      if (!yes) await confirmed(context, host === undefined ? 'The host key' : `Each host key of ${host}`, question(host, chosen));
      const forgotten = await forgetLines(
        own,
        chosen.flatMap((key) => key.id ?? []),
      );
      last = { undo: randomBytes(12).toString('hex'), forgotten, count: chosen.length };
      return { forgotten: chosen.map(({ file, line, fingerprint }) => ({ file, line, fingerprint })), kept, undo: last.undo };
    },

    async restore({ undo }) {
      if (last?.undo !== undo)
        throw new Failure('not-found', 'This can no longer be undone', { hint: 'Connect to the server: its key is shown, to be compared and trusted again.' });
      await restoreLines(last.forgotten);
      const { count } = last;
      last = undefined;
      return { restored: count };
    },
  };
}

async function placeIn(host: Host, knownHosts: KnownHosts, signal: AbortSignal): Promise<Place> {
  // Where ~/.ssh/config cannot be asked (a program in it was not agreed to), what it said when the host was added.
  const target: SshTarget = await hostTarget(host, signal).then(
    ({ target }) => target,
    () => host as SshTarget & Host,
  );
  const { address, port } = keyPlaceOf(target);
  return { host: host.name, name: knownName(address, port), bare: knownName(address, 22), files: knownHosts.of(target).paths.read };
}

function keyOf({ id, file, line, read }: FileLine, places: Place[], own: string): Found[] {
  if ('wrong' in read) return [];
  const { names, key, mark } = read;
  const hashed = isHashed({ file, line, ...read });
  const speaks = places.filter((place) => place.files.includes(file) && [place.name, place.bare].some((name) => namesMatch(names, name)));
  const hosts = speaks.map(({ host }) => host);
  const direct = speaks.every(({ name }) => namesMatch(names, name));
  return [
    { id: file === own ? id : null, file, line, names: hashed ? [] : names.split(',').map(visible), hashed, type: key.type, fingerprint: key.fingerprint, mark, hosts, direct },
  ];
}

/** A revoked key that is forgotten could be trusted again by mistake, and a pattern speaks of other servers too. */
function whyKept({ file, line, names, mark, hosts, direct }: Found, own: string): { file: string; line: number; reason: string }[] {
  const because = (reason: string) => [{ file, line, reason }];
  if (file !== own) return because('ForgeBoard only reads this file');
  if (mark === 'revoked') return because('it says that this key is never to be trusted');
  if (mark === 'authority') return because('it is of a certificate authority');
  if (names.some((name) => /[*?!]/.test(name))) return because('its pattern speaks of other servers too');
  if (!direct) return because('it is for port 22, where another server may answer');
  return hosts.length > 1 ? because(`it is also for ${hosts.join(', ')}`) : [];
}

/** What a person reads before these are forgotten. */
function question(host: string | undefined, keys: KnownKey[]): { text: string; lines: string[]; verb: string } {
  const lines = keys.map(({ names, hashed, type, fingerprint, mark, file, line }) => {
    const marked = { key: '', revoked: 'revoked: it could be trusted again, ', authority: 'certificate authority, ' }[mark];
    return `${hashed ? 'hashed name' : names.join(', ')}: ${marked}${type} ${fingerprint}, ${file} line ${line}`;
  });
  lines.push('The next connection shows the key and asks. An open one goes on.');
  return { text: `Forget ${host === undefined ? 'this host key' : `the host keys of ${host}`}?`, lines, verb: 'Forget' };
}
