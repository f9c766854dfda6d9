import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configuredServers, keyFiles } from '../../electron/ssh/ssh-config.ts';
import { sshKeygen } from './folder.ts';

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
      ['rsa', '', []],
      ['rsa', 'open sesame', ['-m', 'PEM']],
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
