import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jumpsOf } from '../../../electron/ssh/ssh-config/jumps.ts';
import { readConfig } from '../../../electron/ssh/ssh-config/read.ts';
import { askSsh, systemSsh } from '../../../electron/ssh/ssh-config/system.ts';
import { draftOf } from '../../../electron/ssh/ssh-config/target.ts';
import { tokensOf } from '../../../electron/ssh/ssh-config/tokens.ts';
import type { Values } from '../../../electron/ssh/ssh-config/values.ts';
import { folder } from '../folder.ts';
import { generatedConfig } from './generated.ts';

const ssh = await systemSsh();
const configurations = 80;

describe.skipIf(ssh === undefined)('our reader of ssh configurations', () => {
  it(`reads ${configurations} generated ones as ssh -G does, without a difference`, async () => {
    const root = folder();
    // ssh takes the home folder from the user database, whatever HOME says.
    const home = userInfo().homedir;
    const places = (path: string) => ({ home, files: [{ path, folder: root, own: true }] });
    const defaults = await askSsh(ssh ?? '', { host: 'x' }, places(join(root, 'none')));
    const differences: string[] = [];
    let asked = 0;
    for (let seed = 1; seed <= configurations; seed++) {
      const here = join(root, String(seed));
      mkdirSync(here);
      const { files, hosts } = generatedConfig(seed, here);
      for (const [name, text] of Object.entries(files)) writeFileSync(join(here, name), text, { mode: 0o600 });
      for (const host of hosts) {
        const at = places(join(here, 'config'));
        const theirs = await askSsh(ssh ?? '', { host }, at);
        const { values, wrong } = await readConfig({ host }, at);
        expect({ seed, wrong }).toEqual({ seed, wrong: [] });
        const [said, ours] = [await effect(theirs, host, home), await effect(withDefaults(values, defaults), host, home)];
        asked++;
        for (const key of Object.keys(said)) if (said[key] !== ours[key]) differences.push(`${seed} ${host}: ${key} is ${said[key]}, ours ${ours[key]}`);
      }
    }
    expect(asked).toBeGreaterThan(configurations);
    expect(differences).toEqual([]);
  });
});

function withDefaults(values: Values, defaults: Values): Values {
  // What is concluded from others where it is not said.
  const own = ['hostname', 'user', 'port', 'proxyjump', 'proxycommand', 'updatehostkeys'];
  return new Map([...[...defaults].filter(([keyword]) => !own.includes(keyword)), ...values]);
}

/** What a host's settings come to. */
async function effect(values: Values, host: string, home: string): Promise<Record<string, string>> {
  const { target, facts, notes, programs, reasons } = await draftOf({ host }, values, home);
  const jumps = jumpsOf(values.get('proxyjump')?.[0] ?? 'none', tokensOf(facts));
  const plain = [
    'certificatefile',
    'connecttimeout',
    'serveraliveinterval',
    'serveralivecountmax',
    'addressfamily',
    'forwardagent',
    'pubkeyauthentication',
    'stricthostkeychecking',
    'preferredauthentications',
    'identityfile',
  ];
  return {
    ...Object.fromEntries(plain.map((keyword) => [keyword, JSON.stringify(values.get(keyword))])),
    ...Object.fromEntries(Object.entries(target).map(([key, value]) => [key, JSON.stringify(value)])),
    ...{ notes: [...notes].sort().join('; '), programs: programs.join('; '), reasons: reasons.join('; '), jumps: JSON.stringify(jumps) },
  };
}
