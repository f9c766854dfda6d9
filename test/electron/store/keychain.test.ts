import { describe, expect, it } from 'vitest';
import { openKeychain } from '../../../electron/store/keychain.ts';
import { openSecrets } from '../../../electron/store/secrets.ts';
import { Secret } from '../../../shared/secret.ts';

/** A keyring in memory that does what the test says. */
function ring(behave: (what: string) => Promise<void> = async () => {}) {
  const kept = new Map<string, string>();
  const calls: string[] = [];
  let running = 0;
  let most = 0;
  const call = async <T>(what: string, work: () => T): Promise<T> => {
    calls.push(what);
    running += 1;
    most = Math.max(most, running);
    try {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await behave(what);
      return work();
    } finally {
      running -= 1;
    }
  };
  const key = (service: string, account: string) => `${service}/${account}`;
  const keytar = {
    getPassword: (service: string, account: string) => call(`get ${account}`, () => kept.get(key(service, account)) ?? null),
    setPassword: (service: string, account: string, password: string) => call(`set ${account}`, () => void kept.set(key(service, account), password)),
    deletePassword: (service: string, account: string) => call(`delete ${account}`, () => kept.delete(key(service, account))),
    findCredentials: (service: string) =>
      call('find', () => [...kept].filter(([name]) => name.startsWith(`${service}/`)).map(([name, password]) => ({ account: name.slice(service.length + 1), password }))),
  };
  return { kept, calls, keytar, most: () => most };
}

const open = (keytar: ReturnType<typeof ring>['keytar'], more: { patience?: number; log?: (text: string) => void } = {}) =>
  openKeychain({ service: 'ForgeBoard', log: () => {}, load: async () => keytar, platform: 'linux', env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x' }, ...more });

describe('the keyring', () => {
  it('keeps secrets for a host, and forgets them all with it', async () => {
    const { keytar, kept } = ring();
    const keychain = open(keytar);
    await keychain.set('shop-1 a@b password', new Secret('one'));
    await keychain.set('shop-10 a@b password', new Secret('two'));
    expect((await keychain.get('shop-1 a@b password'))?.reveal()).toBe('one');
    expect(await keychain.get('shop-2 a@b password')).toBeUndefined();
    await keychain.forgetAll('shop-1 ');
    expect([...kept.keys()]).toEqual(['ForgeBoard/shop-10 a@b password']);
    expect(keychain.reason()).toBeNull();
  });

  it('is asked one thing at a time, and the same thing once', async () => {
    const { keytar, calls, most } = ring();
    const keychain = open(keytar);
    await Promise.all([...Array.from({ length: 10 }, () => keychain.get('same')), keychain.get('other'), keychain.set('x', new Secret('y'))]);
    expect(calls.filter((call) => call === 'get same')).toHaveLength(1);
    expect(most()).toBe(1);
  });

  it('that waits to be unlocked is given up in time, and asked again only when it has answered', async () => {
    let unlock = () => {};
    const { keytar, calls } = ring(() => new Promise((resolve) => (unlock = resolve)));
    const keychain = open(keytar, { patience: 30 });
    expect(await keychain.get('a')).toBeUndefined();
    expect(keychain.reason()).toBe('your keyring is waiting to be unlocked');
    expect(await keychain.get('b')).toBeUndefined();
    expect(calls).toEqual(['get a']);
    unlock();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(keychain.reason()).toBeNull();
    void keychain.get('c');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(calls).toEqual(['get a', 'get c']);
  });

  it('that fails keeps nothing and says why, without the secret', async () => {
    const logged: string[] = [];
    const { keytar } = ring(async () => {
      throw new Error('The name org.freedesktop.secrets was not provided by any .service files');
    });
    const keychain = open(keytar, { log: (text) => logged.push(text) });
    await keychain.set('a', new Secret('canary'));
    expect(await keychain.get('a')).toBeUndefined();
    expect(keychain.reason()).toBe('no keyring is running in this session');
    expect(logged.join()).not.toContain('canary');
  });

  it('is not looked for where there surely is none', async () => {
    const keychain = openKeychain({
      service: 'x',
      log: () => {},
      load: () => Promise.reject(new Error('must not be loaded')),
      platform: 'linux',
      env: { DBUS_SESSION_BUS_ADDRESS: 'disabled:' },
    });
    expect(keychain.name).toBeNull();
    expect(keychain.reason()).toContain('no D-Bus session');
    expect(await keychain.get('a')).toBeUndefined();
  });
});

describe('a secret that was right', () => {
  it('lasts as long as the program, and longer only where its owner wants it', async () => {
    const { keytar, kept } = ring();
    const secrets = openSecrets(open(keytar));
    await secrets.keep('shop-1 a@b sudo-password', new Secret('for now'));
    await secrets.keep('shop-1 a@b passphrase', new Secret('for ever', true));
    expect([...kept.values()]).toEqual(['for ever']);
    expect((await secrets.get('shop-1 a@b sudo-password'))?.reveal()).toBe('for now');
    await secrets.forgetAll('shop-1 ');
    expect(await secrets.get('shop-1 a@b sudo-password')).toBeUndefined();
    expect(kept.size).toBe(0);
    expect(openSecrets().remembering()).toBeUndefined();
    expect(secrets.remembering()).toEqual({ reason: null });
  });
});
