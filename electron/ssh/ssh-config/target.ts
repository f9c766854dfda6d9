import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshTarget } from '../target.ts';
import { patternsMatch } from '../glob.ts';
import { readText } from './files.ts';
import type { Asked } from './read.ts';
import { expandPath, type TokenFacts, tokensOf } from './tokens.ts';
import type { Values } from './values.ts';

/** What a configuration leads to, before its jump hosts are resolved. */
export interface Draft {
  target: SshTarget;
  facts: TokenFacts;
  /** In words: what the configuration wants and we do otherwise or not at all. */
  notes: string[];
  /** What only the system's ssh can do. */
  reasons: string[];
  /** Programs that ssh would start to connect. */
  programs: string[];
}

const ours = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'];
const mostIdentities = 20;
const usualNames = /^[/\\]\.ssh[/\\]id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/;

/** @param env for `${NAME}` in paths and for IdentityAgent */
export async function draftOf(asked: Asked, values: Values, home: string, env: NodeJS.ProcessEnv = process.env): Promise<Draft> {
  const first = (keyword: string): string | undefined => values.get(keyword)?.[0];
  const notes: string[] = [];
  const address = first('hostname') ?? asked.host.toLowerCase();
  const port = Number(first('port') ?? 22);
  const user = first('user') ?? userInfo().username;
  const facts: TokenFacts = { home, host: address, port, user, original: asked.host, hostKeyAlias: first('hostkeyalias') };
  const tokens = tokensOf(facts);
  const paths = (keyword: string): string[] =>
    (values.get(keyword) ?? []).flatMap((text) => {
      const path = expandPath(text, tokens, home, env);
      if (path === undefined) notes.push(`${keyword} ${text} holds something that is not known here`);
      return path === undefined ? [] : [path];
    });

  const target: SshTarget = { address, port, user };
  if (facts.hostKeyAlias !== undefined) target.hostKeyAlias = facts.hostKeyAlias;
  if (values.has('identityfile')) {
    const files = paths('identityfile');
    // ssh lists its usual ones where none is named.
    if (!files.every((path) => usualNames.test(path.slice(home.length)) && path.startsWith(home))) {
      target.identities = files.filter((path) => path.toLowerCase() !== 'none').slice(0, mostIdentities);
    }
  }
  if (first('identitiesonly') === 'yes') target.identitiesOnly = true;
  agent(target, first('identityagent'), (text) => expandPath(text, tokens, home, env), env);
  if (first('pubkeyauthentication') === 'false') Object.assign(target, { agent: false, identities: [] });

  const files = knownHosts(paths('userknownhostsfile'), paths('globalknownhostsfile'), home);
  if (files !== undefined) target.knownHosts = files;
  const checking = first('stricthostkeychecking');
  if (checking === 'true') target.strict = true;
  if (checking === 'false' || checking === 'accept-new') notes.push('StrictHostKeyChecking: a new host key is shown and asked about all the same');
  // As ssh: not beside files or a way of checking that somebody chose, unless they say so. `ask` asks on a terminal.
  const learns = first('updatehostkeys') ?? String(files?.user === undefined && (first('verifyhostkeydns') ?? 'false') === 'false');
  if (learns !== 'true') target.fixedKeys = true;
  const algorithms = first('hostkeyalgorithms');
  const left = algorithms === undefined ? ours : algorithmsOf(algorithms);
  if (left.length < ours.length) target.hostKeyAlgorithms = left;
  const timeout = Number(first('connecttimeout') ?? Number.NaN);
  if (timeout > 0) target.connectMs = Math.min(timeout, 120) * 1_000;
  const alive = Number(first('serveraliveinterval') ?? Number.NaN);
  // More rarely than we do is left aside: a lost connection is to be noticed in half a minute.
  if (alive > 0 && alive < 10) target.keepaliveMs = alive * 1_000;

  const { reasons, programs } = await beyond(target, values, paths);
  notes.push(...passedOver(values));
  return { target, facts, notes, reasons, programs };
}

/** The files, where they are others than the usual ones. */
function knownHosts(user: string[], machine: string[], home: string): SshTarget['knownHosts'] {
  const used = (files: string[]): string[] => files.filter((path) => path.toLowerCase() !== 'none' && path !== '/dev/null');
  const usual = (files: string[], folder: string, name: string): boolean => files.every((path) => [join(folder, name), join(folder, `${name}2`)].includes(path));
  const usualUser = [home, userInfo().homedir].some((each) => usual(user, join(each, '.ssh'), 'known_hosts'));
  const usualMachine = usual(machine, '/etc/ssh', 'ssh_known_hosts');
  if (usualUser && usualMachine) return undefined;
  return { ...(!usualUser && { user: used(user) }), ...(!usualMachine && { machine: used(machine) }) };
}

function agent(target: SshTarget, text: string | undefined, expanded: (text: string) => string | undefined, env: NodeJS.ProcessEnv): void {
  if (text === undefined || text === 'SSH_AUTH_SOCK') return;
  const path = text.startsWith('$') && !text.startsWith('${') ? env[text.slice(1)] : expanded(text);
  if (text.toLowerCase() === 'none' || path === undefined || path === '') target.agent = false;
  else target.agentAddress = path;
}

/** Of the algorithms that we offer, those that the configuration leaves: a list, or `-` and what goes. `+` and `^` take none away. */
export function algorithmsOf(text: string): string[] {
  if (/^[+^]/.test(text)) return ours;
  const patterns = text.replace(/^-/, '').split(',');
  return ours.filter((name) => patternsMatch(patterns, name) !== text.startsWith('-'));
}

/** What ssh2 cannot do, and what would be run. */
async function beyond(target: SshTarget, values: Values, paths: (keyword: string) => string[]): Promise<Pick<Draft, 'reasons' | 'programs'>> {
  const reasons: string[] = [];
  const programs: string[] = [];
  const proxy = values.get('proxycommand')?.[0];
  if (proxy !== undefined && proxy.toLowerCase() !== 'none') {
    reasons.push('ProxyCommand');
    programs.push(proxy);
  }
  const known = values.get('knownhostscommand')?.[0];
  if (known !== undefined && known.toLowerCase() !== 'none') {
    reasons.push('KnownHostsCommand');
    programs.push(known);
  }
  const certificates = [...paths('certificatefile'), ...(target.identities ?? []).map((path) => `${path}-cert.pub`)];
  if (await some(certificates)) reasons.push('a certificate');
  const publics = await Promise.all((target.identities ?? []).map((path) => readText(`${path.replace(/\.pub$/, '')}.pub`)));
  if (publics.some(({ text }) => text.startsWith('sk-'))) reasons.push('a security key');
  return { reasons, programs };
}

/** Whether one of the files is there. */
async function some(files: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    files.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

const ignored: Record<string, (value: string) => boolean> = {
  addressfamily: (value) => value !== 'any',
  bindaddress: () => true,
  bindinterface: () => true,
  forwardagent: (value) => !/^(no|false)$/i.test(value),
  localforward: () => true,
  remoteforward: () => true,
  dynamicforward: () => true,
  remotecommand: (value) => value.toLowerCase() !== 'none',
  passwordauthentication: (value) => value === 'no',
  kbdinteractiveauthentication: (value) => value === 'no',
  preferredauthentications: () => true,
};
const names: Record<string, string> = {
  addressfamily: 'AddressFamily',
  bindaddress: 'BindAddress',
  bindinterface: 'BindInterface',
  forwardagent: 'ForwardAgent',
  localforward: 'LocalForward',
  remoteforward: 'RemoteForward',
  dynamicforward: 'DynamicForward',
  remotecommand: 'RemoteCommand',
  passwordauthentication: 'PasswordAuthentication',
  kbdinteractiveauthentication: 'KbdInteractiveAuthentication',
  preferredauthentications: 'PreferredAuthentications',
};

const passedOver = (values: Values): string[] =>
  Object.entries(ignored).flatMap(([keyword, counts]) => (values.get(keyword)?.some(counts) === true ? [`${names[keyword]} is not used`] : []));
