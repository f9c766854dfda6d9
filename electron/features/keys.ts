import { hostname, userInfo } from 'node:os';
import type { Host } from '../../shared/contract/hosts.ts';
import type { KeysOfHost } from '../../shared/contract/keys.ts';
import { Failure } from '../../shared/errors.ts';
import { authorizedKeys, withKey, withoutLines } from '../../shared/rules/authorized-keys.ts';
import { visible } from '../../shared/rules/visible.ts';
import { Secret } from '../../shared/secret.ts';
import type { Context, Handlers } from '../dispatch.ts';
import { readAuthorized, writeAuthorized } from '../engine/authorized.ts';
import { confirmed } from '../engine/confirmed.ts';
import type { OwnKey } from '../engine/own-keys.ts';
import { withSftp } from '../engine/with-sftp.ts';
import type { Asker, Kits } from '../hostkit/kits.ts';
import { fingerprintOf } from '../ssh/host-key.ts';
import type { Sftp } from '../ssh/sftp.ts';
import type { Inventory } from '../store/inventory.ts';

const mostTogether = 8;

/** Loaded when first wanted: it brings ssh2, which a start does without. */
const here = () => import('../engine/own-keys.ts');

export function keysFeature({ inventory, kits }: { inventory: Inventory; kits: Kits }): Handlers<'keys'> {
  const withKeys = <T>(host: Host, asker: Asker, work: (sftp: Sftp) => Promise<T>): Promise<T> => withSftp(() => kits.sftp(host, asker), asker.signal, work);

  return {
    async list() {
      return { keys: (await (await here()).ownKeys()).map(({ blob, ...key }) => ({ ...key, line: blob === null ? null : lineOf(blob, key.comment) })) };
    },

    async generate({ name, comment, passphrase }, context) {
      const secret = passphrase ? await newPassphrase(name, context) : undefined;
      return (await here()).makeKey(name, comment ?? plain(`${userInfo().username}@${hostname()}`), secret);
    },

    async install({ host: name, key }, context) {
      const [host, { blob, comment }] = [await inventory.get(name), await (await here()).ownKey(key)];
      return withKeys(host, context, async (sftp) => {
        const before = await readAuthorized(sftp, name);
        const there = before.keys.find((one) => one.blob === blob);
        // sshd takes the first line of a key: a second one would only seem to lift what restricts it.
        if (there === undefined) await writeAuthorized(sftp, before, withKey(before.text, lineOf(blob, plain(comment))));
        return { host: name, key, outcome: there === undefined ? ('installed' as const) : ('there' as const), file: before.path, options: visible(there?.options ?? '') };
      });
    },

    async remove({ host: name, key, yes }, context) {
      const host = await inventory.get(name);
      const fingerprint = key.startsWith('SHA256:') ? key : (await (await here()).ownKey(key)).fingerprint;
      return withKeys(host, context, async (sftp) => {
        const before = await readAuthorized(sftp, name);
        const doomed = before.keys.filter(({ blob }) => fingerprintOf(Buffer.from(blob, 'base64')) === fingerprint);
        if (doomed.length === 0)
          throw new Failure('not-found', `${name} does not let in ${key}`, { field: 'key', hint: `See whom it lets in: forgeboard keys where --host ${name}` });
        await mayGo(
          host,
          fingerprint,
          before.keys.map(({ blob }) => fingerprintOf(Buffer.from(blob, 'base64'))),
        );
        if (!yes) {
          const lines = doomed.map(({ type, comment, line }) => `${type} ${fingerprint}${comment === '' ? '' : `, ${visible(comment)}`}: line ${line} of ${before.path}`);
          await confirmed(context, 'The key', {
            text: `Remove the key ${key} from ${name}?`,
            lines: [...lines, 'Whoever signs in with it alone cannot any more.'],
            verb: 'Remove it',
          });
        }
        const left = withoutLines(
          before.text,
          doomed.map(({ line }) => line),
        );
        await writeAuthorized(sftp, before, left);
        return { host: name, fingerprint, file: before.path, lines: before.keys.length - authorizedKeys(left).length };
      });
    },

    async where({ host: only }, context) {
      const hosts = only === undefined ? await inventory.list() : [await inventory.get(only)];
      const own = await (await here()).ownKeys();
      // Nobody is asked for a password in the middle of a look around.
      const asker: Asker = { ...context, ask: only === undefined ? async () => undefined : context.ask };
      const found: KeysOfHost[] = [];
      const queue = hosts.values();
      const worker = async (): Promise<void> => {
        for (const host of queue) found.push(await lookAt(host, own, asker));
      };
      await Promise.all(Array.from({ length: mostTogether }, worker));
      return { hosts: found.sort((one, other) => (one.host < other.host ? -1 : 1)) };
    },
  };

  async function lookAt(host: Host, own: OwnKey[], asker: Asker): Promise<KeysOfHost> {
    try {
      const { keys } = await withKeys(host, asker, (sftp) => readAuthorized(sftp, host.name));
      return {
        host: host.name,
        problem: null,
        keys: keys.map(({ type, blob, comment, options }) => ({
          type,
          fingerprint: fingerprintOf(Buffer.from(blob, 'base64')),
          comment: visible(comment).slice(0, 200),
          own: own.find((key) => key.blob === blob)?.name ?? null,
          options: visible(options).slice(0, 500),
        })),
      };
    } catch (error) {
      if (!(error instanceof Failure) || asker.signal.aborted) throw error;
      return { host: host.name, problem: error.message, keys: [] };
    }
  }

  /** @throws Failure denied where this computer could not come back without the key */
  async function mayGo(host: Host, fingerprint: string, known: string[]): Promise<void> {
    const refuse = (why: string): Failure =>
      new Failure('denied', `${why}, so it stays`, { field: 'key', hint: `Let another key in first, and sign in with that: forgeboard keys install ${host.name} KEY` });
    if (known.every((one) => one === fingerprint)) throw refuse(`It is the only key that ${host.name} lets in`);
    const { readIdentity } = await import('../ssh/identity.ts');
    const named = host.identity === null || host.identity === undefined ? undefined : await readIdentity(host.identity).catch(() => undefined);
    if (named?.publicBlob !== undefined && fingerprintOf(named.publicBlob) === fingerprint) throw refuse(`${host.name} is signed in to with this key`);
    if (named !== undefined) return;
    // No key is named for this server: any of this computer's may be the one that it signs in with.
    const own = (await (await here()).ownKeys()).flatMap((key) => (key.fingerprint !== null && known.includes(key.fingerprint) ? [key.fingerprint] : []));
    if (own.includes(fingerprint) && own.every((one) => one === fingerprint)) throw refuse(`It is the only key of this computer that ${host.name} lets in`);
  }
}

const lineOf = (blob: string, comment: string): string => [typeOf(blob), blob, comment].filter((part) => part !== '').join(' ');

/** The type stands in the key itself, after its length (RFC 4253, 6.6). */
function typeOf(blob: string): string {
  const bytes = Buffer.from(blob, 'base64');
  return bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1');
}

/** What may stand behind a key in a file of somebody else's. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);

/** Typed twice: a key whose passphrase was mistyped is lost. */
async function newPassphrase(name: string, context: Context): Promise<Secret> {
  const asked = async (subject: string, attempt: number): Promise<Secret> => {
    const answer = await context.ask({ kind: 'passphrase', host: 'this computer', subject, attempt });
    if (answer === undefined || !(answer instanceof Secret))
      throw new Failure('needs-input', `The passphrase of ${name} is asked for, and nobody could be asked`, { hint: 'Leave --passphrase out, or run it in a terminal.' });
    return answer;
  };
  const first = await asked(`the new key ${name} from now on`, 1);
  const again = await asked(`the new key ${name} (once more)`, 1);
  const { passphraseProblem } = await import('../ssh/new-key.ts');
  const wrong = passphraseProblem(first, again);
  if (wrong !== null) throw new Failure('invalid', wrong, { field: 'passphrase' });
  return first;
}
