import { describe, expect, it } from 'vitest';
import { hostCredentials } from '../../electron/hostkit/credentials.ts';
import { openSecrets } from '../../electron/store/secrets.ts';
import type { Question } from '../../shared/contract/questions.ts';
import { Secret } from '../../shared/secret.ts';

const question = (attempt: number) => ({ kind: 'passphrase' as const, host: 'shop-1', subject: 'the key', attempt });

function person(...answers: (Secret | boolean | undefined)[]) {
  const asked: Question[] = [];
  return {
    asked,
    ask: async (what: Question) => {
      asked.push(what);
      return answers.shift();
    },
  };
}

describe('what a host asks for', () => {
  it('is asked of a person once: what was right is known the next time', async () => {
    const secrets = openSecrets();
    const ana = person(new Secret('wrong'), new Secret('right'));
    const first = hostCredentials(ana, 'shop-1 a@b', secrets);
    await first.ask(question(1));
    await first.ask(question(2));
    expect(await secrets.get('shop-1 a@b passphrase')).toBeUndefined();
    await first.accepted();
    expect((await hostCredentials(person(), 'shop-1 a@b', secrets).ask(question(1)))?.reveal()).toBe('right');
    expect(ana.asked.map((each) => 'attempt' in each && each.attempt)).toEqual([1, 2]);
  });

  it('never goes to a host of the same name at another address', async () => {
    const secrets = openSecrets();
    await secrets.keep('shop-1 a@b passphrase', new Secret('right'));
    expect(await hostCredentials(person(), 'shop-1 a@c', secrets).ask(question(1))).toBeUndefined();
  });

  it('is forgotten where it turned out wrong, and replaced by what was right', async () => {
    const secrets = openSecrets();
    await secrets.keep('shop-1 a@b passphrase', new Secret('old'));
    const ana = person(new Secret('new'));
    const credentials = hostCredentials(ana, 'shop-1 a@b', secrets);
    expect((await credentials.ask(question(1)))?.reveal()).toBe('old');
    expect((await credentials.ask(question(2)))?.reveal()).toBe('new');
    await credentials.accepted();
    expect((await secrets.get('shop-1 a@b passphrase'))?.reveal()).toBe('new');
    const refused = hostCredentials(person(), 'shop-1 a@b', secrets);
    await refused.ask(question(1));
    await refused.refused();
    expect(await secrets.get('shop-1 a@b passphrase')).toBeUndefined();
  });

  it('is kept apart for a jump host, and for each key file of the configuration', async () => {
    const secrets = openSecrets();
    const own = { kind: 'password' as const, host: 'shop-1', subject: 'a on shop-1', attempt: 1 };
    const jump = { ...own, host: 'gate', hop: 'c@gate' };
    const file = { ...question(1), file: '/keys/two' };
    const credentials = hostCredentials(person(new Secret('own'), new Secret('gate'), new Secret('two')), 'shop-1 a@b', secrets);
    for (const each of [own, jump, file]) await credentials.ask(each);
    await credentials.accepted();
    const later = hostCredentials(person(), 'shop-1 a@b', secrets);
    expect((await Promise.all([own, jump, file, question(1), { ...jump, hop: 'c@other' }].map((each) => later.ask(each)))).map((secret) => secret?.reveal())).toEqual([
      'own',
      'gate',
      'two',
      undefined,
      undefined,
    ]);
    await secrets.forgetAll('shop-1 ');
    expect(await hostCredentials(person(), 'shop-1 a@b', secrets).ask(jump)).toBeUndefined();
  });

  it('is asked for each time where it is a code, and never offered to be kept', async () => {
    const store = { ...openSecrets(), remembering: () => ({ reason: null }) };
    const ana = person(new Secret('1'), new Secret('2'));
    for (const code of ['1', '2']) {
      const credentials = hostCredentials(ana, 'shop-1 a@b', store);
      expect((await credentials.ask({ kind: 'code', host: 'shop-1', subject: 'Code:', attempt: 1 }))?.reveal()).toBe(code);
      await credentials.accepted();
    }
    expect(ana.asked.every((each) => !('remember' in each))).toBe(true);
  });

  it('says whether it could be remembered, and takes a decision for no secret', async () => {
    const offered = { ...openSecrets(), remembering: () => ({ reason: 'no keyring is running in this session' }) };
    const ana = person(true);
    expect(await hostCredentials(ana, 'shop-1 a@b', offered).ask(question(1))).toBeUndefined();
    expect(ana.asked[0]).toMatchObject({ remember: { reason: 'no keyring is running in this session' } });
    const without = person();
    await hostCredentials(without, 'shop-1 a@b', openSecrets()).ask(question(1));
    expect(without.asked[0]).not.toHaveProperty('remember');
  });
});
