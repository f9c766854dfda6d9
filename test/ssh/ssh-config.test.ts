import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyFiles } from '../../electron/ssh/key-files.ts';
import { configuredServers, resolveHost } from '../../electron/ssh/ssh-config.ts';
import { systemSsh } from '../../electron/ssh/ssh-config/system.ts';
import type { Failure } from '../../shared/errors.ts';
import { sshKeygen } from './folder.ts';

const ssh = await systemSsh();

describe('~/.ssh', () => {
  let home = '';
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(home, '.ssh', path)), { recursive: true });
    writeFileSync(join(home, '.ssh', path), text);
  };
  const servers = async () => (await configuredServers(home)).map(({ name, user, address, port, identity }) => `${name} ${user}@${address}:${port} ${identity ?? '-'}`);
  const me = userInfo().username;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'forgeboard-config-'));
    mkdirSync(join(home, '.ssh'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('names servers, with the defaults that apply to them; the first value wins', async () => {
    write(
      'config',
      'Host fra-1\n  HostName 10.0.0.2\n  User ana\n  Port=2222\n  IdentityFile ~/.ssh/id_shop\n  User late\n\nHost bare *.example !secret\nhost "quoted"\n\tHostName %h.example\nHost *\n  User common\n  IdentityFile none\n',
    );
    expect(await servers()).toEqual([`fra-1 ana@10.0.0.2:2222 ${home}/.ssh/id_shop`, 'bare common@bare:22 -', 'quoted common@quoted.example:22 -']);
  });

  it('follows Include, also with a wildcard and in a circle', async () => {
    write('config', 'Include conf.d/* ~/.ssh/config\nHost a\n  HostName 10.0.0.1\n');
    write('conf.d/10-b', 'Host b\n  User bea\n');
    write('conf.d/20-c', 'Host c\n  HostName 10.0.0.3\n');
    expect(await servers()).toEqual([`b bea@b:22 -`, `c ${me}@10.0.0.3:22 -`, `a ${me}@10.0.0.1:22 -`]);
  });

  it('passes over Match, whose conditions may run programs, and whatever it does not know', async () => {
    write('config', 'Match exec "touch /tmp/never"\n  User evil\nHost a\n  ProxyCommand nc %h %p\n  Port nonsense\n');
    expect(await servers()).toEqual([`a ${me}@a:22 -`]);
  });

  it('may be missing, a folder, or full of nonsense', async () => {
    expect(await servers()).toEqual([]);
    write('config', '\u0000\u0001 Host\n===\nHost\n');
    expect(await servers()).toEqual([]);
    rmSync(join(home, '.ssh'), { recursive: true });
    expect(await configuredServers(home)).toEqual([]);
    expect(await keyFiles(home)).toEqual([]);
  });

  it('shows its private keys, their kind, and which need a passphrase', async () => {
    for (const [type, passphrase, format] of [
      ['ed25519', '', []],
      ['ecdsa', 'open sesame', []],
      ['rsa', '', ['-b', '2048']],
      ['rsa', 'open sesame', ['-b', '2048', '-m', 'PEM']],
    ] as const) {
      sshKeygen('-q', '-t', type, ...format, '-N', passphrase, '-f', join(home, '.ssh', `id_${type}${passphrase === '' ? '' : '_locked'}`));
    }
    write('known_hosts', 'x');
    write('id_fake', '-----BEGIN CERTIFICATE-----\n');
    mkdirSync(join(home, '.ssh/id_folder'));
    chmodSync(join(home, '.ssh'), 0o700);
    expect((await keyFiles(home)).map(({ path, kind, encrypted }) => [path.slice(home.length + 6), kind, encrypted])).toEqual([
      ['id_ecdsa_locked', 'ecdsa', true],
      ['id_ed25519', 'ed25519', false],
      ['id_rsa', 'rsa', false],
      ['id_rsa_locked', 'rsa', true],
    ]);
  });
});

describe.each([['our own reader', null], ...(ssh === undefined ? [] : [['ssh -G', ssh] as const])] as [string, string | null][])(
  'a host by its name in ~/.ssh/config, read by %s',
  (_reader, program) => {
    let home = '';
    beforeEach(() => {
      home = mkdtempSync(join(tmpdir(), 'forgeboard-config-'));
      mkdirSync(join(home, '.ssh'));
    });
    afterEach(() => rmSync(home, { recursive: true, force: true }));
    const resolve = (text: string, alias = 'shop', agreed?: string) => {
      writeFileSync(join(home, '.ssh/config'), text, { mode: 0o600 });
      const places = { home, files: [{ path: join(home, '.ssh/config'), folder: join(home, '.ssh'), own: true }] };
      return resolveHost(alias, { home, places, ssh: program, agreed });
    };

    it('is reached through its jump hosts, each with what the configuration says about it', async () => {
      const { target } = await resolve(
        'Host shop\n HostName 10.0.0.7\n User ana\n ProxyJump gate,inner:2200\nHost gate\n HostName gate.example\n User bea\n ProxyJump far\n IdentityFile /keys/gate\nHost inner\n ProxyJump never\n User cy\nHost far\n User dee\n Port 2\n',
      );
      const inner = target.through;
      expect([target, inner, inner?.through, inner?.through?.through].map((hop) => `${hop?.user}@${hop?.address}:${hop?.port}`)).toEqual([
        'ana@10.0.0.7:22',
        'cy@inner:2200',
        'bea@gate.example:22',
        'dee@far:2',
      ]);
      expect(inner?.through?.identities).toEqual(['/keys/gate']);
      expect(inner?.through?.through?.through).toBeUndefined();
    });

    it('has its names, keys and limits as they are written; what we do otherwise is said', async () => {
      const { target, notes } = await resolve(
        'Host s*\n HostName %h.example\n User ana\n IdentityFile /keys/%r@%h\n IdentityFile /keys/two\n IdentitiesOnly yes\n HostKeyAlias Shop\n UserKnownHostsFile /kh/%h /kh/two\n GlobalKnownHostsFile none\n StrictHostKeyChecking no\n HostKeyAlgorithms ssh-ed25519,rsa-sha2-*\n ConnectTimeout 1m\n ForwardAgent yes\n',
      );
      expect(target).toEqual({
        ...{ address: 'shop.example', port: 22, user: 'ana', identities: ['/keys/ana@shop.example', '/keys/two'], identitiesOnly: true },
        ...{
          hostKeyAlias: 'shop',
          fixedKeys: true,
          knownHosts: { user: ['/kh/shop.example', '/kh/two'], machine: [] },
          hostKeyAlgorithms: ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256'],
          connectMs: 60_000,
        },
      });
      expect(notes).toEqual(['StrictHostKeyChecking: a new host key is shown and asked about all the same', 'ForwardAgent is not used']);
    });

    it.each([
      ['Host shop\n ProxyJump shop\n', 'circle|loop'],
      ['Host shop\n ProxyJump a\nHost a\n ProxyJump shop\n', 'circle'],
      ['Host shop\n HostName "no such/host"\n', 'cannot be used'],
      ['Host shop\n User ;id\n', 'cannot be used'],
      ['Host shop\n Port 70000\n', 'cannot be used|cannot use'],
      ['Host shop\n ProxyJump ana@\n', 'cannot be read|cannot use|cannot be used'],
    ])('is refused with the reason: %j', async (text, reason) => {
      await expect(resolve(text)).rejects.toMatchObject({ problem: 'invalid', field: 'address', message: expect.stringMatching(reason) });
    });

    it.each(['-oProxyCommand=x', 'a b', '', 'a;id', '$(id)', 'a\n', '../x'])('is not looked up where it could be taken for something else: %j', async (alias) => {
      await expect(resolve('Host *\n', alias)).rejects.toMatchObject({ problem: 'invalid', field: 'address' });
    });

    it('runs no program that nobody agreed to', async () => {
      const ran = join(home, 'ran');
      const text = `Match host shop exec "touch ${ran}"\n User evil\nHost shop\n User ana\n`;
      if (program === null) expect(await resolve(text)).toMatchObject({ target: { user: 'ana' }, notes: [expect.stringContaining('Match exec')], agreement: undefined });
      else {
        const refused = await resolve(text).catch((error: unknown) => error as Failure);
        expect(refused).toMatchObject({ problem: 'needs-input', facts: { programs: [expect.stringContaining('touch')] } });
        expect(existsSync(ran)).toBe(false);
        const agreement = (refused as Failure).facts?.agreement as string;
        expect(await resolve(text, 'shop', agreement)).toMatchObject({ target: { user: 'evil' }, agreement });
        expect(existsSync(ran)).toBe(true);
        // Another program than the one agreed to.
        await expect(resolve(text.replace('touch', 'rm'), 'shop', agreement)).rejects.toMatchObject({ problem: 'needs-input' });
      }
    });

    it('that needs a ProxyCommand or a certificate says so, and asks before it is run', async () => {
      const text = 'Host shop\n ProxyCommand nc %h %p\n CertificateFile ~/.ssh/config\n';
      const refused = (await resolve(text).catch((error: unknown) => error)) as Failure;
      expect(refused).toMatchObject({ problem: 'needs-input', facts: { programs: ['nc %h %p'] } });
      const { target } = await resolve(text.replaceAll('~', home), 'shop', refused.facts?.agreement as string);
      expect(target.system).toMatchObject({ alias: 'shop', reasons: ['ProxyCommand', 'a certificate'] });
    });
  },
);
