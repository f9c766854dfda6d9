import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { KeysOfHost, OwnKey } from '../../../shared/contract/keys.ts';
import type { Question } from '../../../shared/contract/questions.ts';
import { Secret } from '../../../shared/secret.ts';
import { forge, type Forge } from '../../../electron/forge.ts';
import { command } from '../../hosts/command.ts';
import { missingRequirements } from '../../hosts/debian.ts';
import { bootHost, type TestHost } from '../../hosts/host.ts';

const passphrase = 'correct horse 7';
const file = '/home/ops/.ssh/authorized_keys';

describe.skipIf(missingRequirements().length > 0)('keys of this computer', () => {
  let host: TestHost;
  let forgeboard: Forge;
  let asked: Question[] = [];
  const laptop = mkdtempSync(join(tmpdir(), 'forgeboard-keys-'));
  const path = (name: string): string => join(laptop, '.ssh', name);

  const call = async <T>(name: string, input: object, answers: (string | boolean)[] = []): Promise<T> => {
    asked = [];
    const outcome = await forgeboard.dispatch(name, input, {
      actor: { name: 'ana', role: 'admin' },
      emit: () => {},
      ask: async (question) => {
        asked.push(question);
        const answer = answers.shift();
        return typeof answer === 'string' ? new Secret(answer) : answer;
      },
      signal: new AbortController().signal,
    });
    if (!outcome.ok) throw Object.assign(new Error(outcome.failure.message), outcome.failure);
    return outcome.value as T;
  };
  const onHost = async () => (await host.run(['base64', '-w0', file])).stdout.trim();
  const signIn = (name: string, more: string[] = []) =>
    command(
      [
        ...more,
        ...['ssh', '-F', '/dev/null', '-i', path(name), '-p', String(host.port), '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-o', 'StrictHostKeyChecking=no'],
        ...['-o', `UserKnownHostsFile=${join(laptop, 'known')}`, '-o', 'PreferredAuthentications=publickey', `ops@${host.address}`, 'id', '-un'],
      ],
      { check: false },
    );

  beforeAll(async () => {
    host = await bootHost({ image: 'base' });
    vi.stubEnv('HOME', laptop);
    vi.stubEnv('SSH_AUTH_SOCK', '');
    vi.stubEnv('XDG_RUNTIME_DIR', '');
    vi.stubEnv('FORGEBOARD_HOME', laptop);
    forgeboard = forge({ home: laptop, log: () => {} });
    await call('hosts.add', { name: 'box', address: `ops@${host.address}:${host.port}`, identity: host.identity, fingerprint: await host.hostKeyFingerprint() });
  });
  afterAll(async () => {
    forgeboard?.close();
    await host?.stop();
    rmSync(laptop, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it('are made with and without a passphrase, as ssh-keygen reads them, and never over another', async () => {
    const made = await call<{ fingerprint: string; line: string }>('keys.generate', { name: 'fra-1', comment: 'for fra-1' });
    expect(statSync(path('fra-1')).mode & 0o777).toBe(0o600);
    expect((await command(['ssh-keygen', '-lf', path('fra-1')])).stdout).toContain(`${made.fingerprint} for fra-1 (ED25519)`);
    await call('keys.generate', { name: 'closed', passphrase: true }, [passphrase, passphrase]);
    expect(asked.map((question) => question.kind)).toEqual(['passphrase', 'passphrase']);
    expect((await command(['ssh-keygen', '-y', '-P', passphrase, '-f', path('closed')])).stdout.split(' ').slice(0, 2)).toEqual(
      readFileSync(path('closed.pub'), 'utf8').split(' ').slice(0, 2),
    );
    expect((await command(['ssh-keygen', '-y', '-P', 'another', '-f', path('closed')], { check: false })).code).not.toBe(0);
    const before = readFileSync(path('fra-1'));
    await expect(call('keys.generate', { name: 'fra-1' })).rejects.toMatchObject({ problem: 'exists', field: 'name' });
    await expect(call('keys.generate', { name: 'differs', passphrase: true }, [passphrase, 'another one'])).rejects.toMatchObject({ problem: 'invalid' });
    expect(readFileSync(path('fra-1'))).toEqual(before);
    const { keys } = await call<{ keys: OwnKey[] }>('keys.list', {});
    expect(keys.map(({ name, type, encrypted, fingerprint }) => [name, type, encrypted, fingerprint !== null])).toEqual([
      ['closed', 'ed25519', true, true],
      ['fra-1', 'ed25519', false, true],
    ]);
  });

  it('are let in on a server once, among lines that stay byte for byte, and sign in there', async () => {
    // A remark in Latin-1, a line end of Windows, and no line end at the end.
    await host.run(['sh', '-c', `{ printf '# caf\\351 \\377\\r\\n'; printf %s "$(cat ${file})"; } > /tmp/odd && cat /tmp/odd > ${file} && chmod 640 ${file}`]);
    const before = Buffer.from(await onHost(), 'base64');
    expect((await signIn('fra-1')).code).not.toBe(0);
    expect(await call('keys.install', { host: 'box', key: 'fra-1' })).toMatchObject({ outcome: 'installed', file, options: '' });
    const after = Buffer.from(await onHost(), 'base64');
    expect(after.subarray(0, before.length)).toEqual(before);
    expect(after.subarray(before.length).toString()).toBe(`${before.at(-1) === 10 ? '' : '\n'}${readFileSync(path('fra-1.pub'), 'utf8')}`);
    expect((await host.run(['stat', '-c', '%a %U', file])).stdout.trim()).toBe('640 ops');
    expect((await signIn('fra-1')).stdout.trim()).toBe('ops');
    expect(await call('keys.install', { host: 'box', key: 'fra-1' })).toMatchObject({ outcome: 'there' });
    expect(Buffer.from(await onHost(), 'base64')).toEqual(after);
    await call('keys.install', { host: 'box', key: 'closed' });
    // By our own client, too, with its passphrase.
    await call('hosts.add', { name: 'again', address: `ops@${host.address}:${host.port}`, identity: path('closed'), fingerprint: await host.hostKeyFingerprint() }, [passphrase]);
    const { hosts } = await call<{ hosts: KeysOfHost[] }>('keys.where', { host: 'again' }, [passphrase]);
    expect(hosts[0]?.problem).toBeNull();
    expect(hosts[0]?.keys.map(({ own }) => own)).toEqual([null, 'fra-1', 'closed']);
  });

  it('are let in no more when they are removed, but for the one that is signed in with', async () => {
    const own = await command(['ssh-keygen', '-lf', host.identity]);
    await expect(call('keys.remove', { host: 'box', key: own.stdout.split(' ')[1] ?? '', yes: true })).rejects.toMatchObject({ problem: 'denied', field: 'key' });
    await expect(call('keys.remove', { host: 'box', key: 'fra-1' }, [false])).rejects.toMatchObject({ problem: 'cancelled' });
    expect(asked[0]).toMatchObject({ kind: 'confirm', verb: 'Remove it' });
    expect((await signIn('fra-1')).code).toBe(0);
    expect(await call('keys.remove', { host: 'box', key: 'fra-1' }, [true])).toMatchObject({ lines: 1 });
    expect((await signIn('fra-1')).code).not.toBe(0);
    await expect(call('keys.remove', { host: 'box', key: 'fra-1', yes: true })).rejects.toMatchObject({ problem: 'not-found' });
  });

  it('are not written through a link, nor beside what belongs to somebody else', async () => {
    await host.run(['sh', '-c', `cp -p ${file} /home/ops/kept && mv ${file} /home/ops/real && ln -s /home/ops/real ${file}`]);
    await expect(call('keys.install', { host: 'box', key: 'fra-1' })).rejects.toMatchObject({ problem: 'unsupported' });
    await host.run(['sh', '-c', `rm ${file} && mv /home/ops/real ${file} && chown root ${file}`]);
    await expect(call('keys.install', { host: 'box', key: 'fra-1' })).rejects.toMatchObject({
      problem: 'unsupported',
      message: expect.stringContaining('another account') as string,
    });
    await host.run(['chown', 'ops', file]);
    expect((await host.run(['cmp', file, '/home/ops/kept'], { check: false })).code).toBe(0);
    expect((await host.run(['sh', '-c', 'ls -A /home/ops/.ssh'])).stdout.trim()).toBe('authorized_keys');
  });
});
