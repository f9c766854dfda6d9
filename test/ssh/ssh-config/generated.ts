/** A configuration in several files, and the hosts to ask it about. */
export interface Generated {
  /** By name; `config` is the first, the others are included. */
  files: Record<string, string>;
  hosts: string[];
}

/** Made from a number: the same one each time. Everything in it is something that OpenSSH accepts. */
export function generatedConfig(seed: number, folder: string): Generated {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 9) % below;
  };
  const one = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const some = <T>(values: readonly T[], most: number): T[] => Array.from({ length: 1 + random(most) }, () => one(values));

  const names = ['shop', 'shop-1', 'db.internal', 'a.b.example', 'BIG', 'x', 'web_2'];
  const patterns = ['*', 'shop*', 'shop-?', '*.example', '!db.*', '!shop', '*.internal', 'web_*', '?', 'b*', '!*.example', '*1'];
  const space = (): string => one([' ', '  ', '\t', ' = ', '=']);
  const quoted = (text: string): string => one([text, text, `"${text}"`]);
  const keyword = (text: string): string => one([text, text.toLowerCase(), text.toUpperCase()]);

  const settings: (() => string)[] = [
    () => `${keyword('HostName')}${space()}${quoted(one(['%h.example', '10.0.0.7', 'Shop.EXAMPLE', '%h', 'real-%h', '2001:db8::1']))}`,
    () => `${keyword('User')}${space()}${quoted(one(['ana', 'root', 'deploy', 'bea']))}`,
    () => `${keyword('Port')}${space()}${one(['22', '2222', '65535', '022'])}`,
    () =>
      `${keyword('IdentityFile')}${space()}${one(['~/.ssh/id_a', '"~/.ssh/my key"', '/keys/%r@%h', '~/.ssh/%n', '~/with\\ space', 'none', '%d/k_%u_%i', '/keys/%%x', "'/q u/k'"])}`,
    () => `${keyword('IdentitiesOnly')}${space()}${one(['yes', 'no', 'true', 'False'])}`,
    () => `${keyword('CertificateFile')}${space()}${one(['~/a-cert.pub', '/keys/%r-cert.pub'])}`,
    () => `${keyword('IdentityAgent')}${space()}${one(['none', 'SSH_AUTH_SOCK', '~/agent.sock', '/run/%u/agent'])}`,
    () => `${keyword('ProxyJump')}${space()}${one(['jump', 'ana@jump:2200', 'a,b,ana@c:1', 'none', '%r@gate.example', 'ssh://ana@jump:2200', '[2001:db8::2]:22'])}`,
    () => `${keyword('ProxyCommand')}${space()}${one(['nc %h %p', 'none', 'ssh -W "%h":%p gate # all of it', "connect 'a b'"])}`,
    () => `${keyword('HostKeyAlias')}${space()}${one(['alias', 'Alias.Two', 'shop'])}`,
    () => `${keyword('HostKeyAlgorithms')}${space()}${one(['ssh-ed25519', '-ecdsa*', '+ssh-rsa', '^rsa-sha2-512', 'ssh-ed25519,rsa-sha2-256', '-*nistp256*,ssh-ed25519*'])}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the configuration's own
    () => `${keyword('UserKnownHostsFile')}${space()}${one(['~/.ssh/kh', '/kh/%h /kh/two', '~/.ssh/kh_%r', '/dev/null', '${HOME}/kh', '%d/%k'])}`,
    () => `${keyword('GlobalKnownHostsFile')}${space()}${one(['/etc/kh', '/dev/null', '/etc/a /etc/b'])}`,
    () => `${keyword('StrictHostKeyChecking')}${space()}${one(['yes', 'no', 'ask', 'accept-new', 'off', 'true'])}`,
    () => `${keyword('UpdateHostKeys')}${space()}${one(['yes', 'no', 'ask', 'TRUE'])}`,
    () => `${keyword('VerifyHostKeyDNS')}${space()}${one(['yes', 'no', 'ask'])}`,
    () => `${keyword('ConnectTimeout')}${space()}${one(['5', '1m', '1m30s', 'none', '2M'])}`,
    () => `${keyword('ServerAliveInterval')}${space()}${one(['5', '0', '1m'])}`,
    () => `${keyword('ServerAliveCountMax')}${space()}${one(['2', '9'])}`,
    () => `${keyword('AddressFamily')}${space()}${one(['any', 'inet', 'inet6'])}`,
    () => `${keyword('ForwardAgent')}${space()}${one(['yes', 'no'])}`,
    () => `${keyword('PubkeyAuthentication')}${space()}${one(['yes', 'no', 'unbound'])}`,
    () => `${keyword('PreferredAuthentications')}${space()}publickey,password`,
    () => `${keyword('LocalForward')} ${8_000 + random(100)} localhost:80`,
    () => `${keyword('Compression')} yes`,
    () => `${keyword('SendEnv')} LANG LC_*`,
    () => '# a comment with Host in it',
    () => '',
  ];
  const setting = (): string => `${one(['', '  ', '\t'])}${one(settings)()}${one(['', '', ' ', '\t', '\r'])}`;
  const criterion = (): string =>
    `${one(['', '', '!'])}${one([
      () => `host ${some([...names, ...patterns], 2).join(',')}`,
      () => `originalhost ${one([...names, ...patterns])}`,
      () => `user ${one(['ana', 'root', '*', 'b*,!bea'])}`,
      () => `localuser ${one(['root', '*', 'nobody'])}`,
      () => one(['final', 'canonical']),
    ])()}`;
  const head = (): string =>
    random(3) > 0
      ? `${keyword('Host')}${space()}${some([...names, ...patterns], 3)
          .map(quoted)
          .join(' ')}`
      : one(['Match all', 'Match final all', `Match ${some([0, 1], 2).map(criterion).join(' ')}`, `MATCH ${criterion()}`]);

  const files: Record<string, string> = {};
  const file = (depth: number): string => {
    const lines: string[] = [];
    for (let block = random(5); block >= 0; block--) {
      if (random(5) > 0) lines.push(head());
      for (let count = random(5); count > 0; count--) lines.push(setting());
      if (depth < 3 && random(4) === 0) {
        const several = random(3) === 0;
        const at = Object.keys(files).length;
        const made = several ? [`d${at}_1.conf`, `d${at}_2.conf`] : [`inc${at}`];
        for (const name of made) files[name] = '';
        for (const name of made) files[name] = file(depth + 1);
        lines.push(`Include ${quoted(several ? `${folder}/d${at}_*.conf` : `${folder}/${made[0]}`)}${one(['', ` ${folder}/missing`])}`);
      }
    }
    return `${lines.join('\n')}${one(['\n', ''])}`;
  };
  files.config = '';
  files.config = file(0);
  return { files, hosts: [...new Set(some(names, 3))] };
}
