import { Failure } from '../../../shared/errors.ts';
import { unreached } from '../dial.ts';
import { clean } from '../greeting.ts';
import { placeOf, type SshTarget } from '../target.ts';

/** What ssh -v has told so far. The last word counts: a jump host's come before the server's own. */
export interface Told {
  software: string;
  type: string;
  fingerprint: string;
  kex: string;
  cipher: string;
  mac: string;
}

/** Reads the lines of `ssh -v`, whose words the server has a part in. */
export function toldBy(text: string): Told {
  const last = (pattern: RegExp): string[] => [...text.matchAll(pattern)].at(-1)?.slice(1) ?? [];
  const [software = ''] = last(/remote software version ([^\r\n]*)/g);
  const [type = '', fingerprint = ''] = last(/Server host (?:key|certificate): (\S+) (SHA256:[A-Za-z0-9+/]{43})/g);
  const [kex = ''] = last(/kex: algorithm: (\S+)/g);
  const [cipher = '', mac = ''] = last(/kex: server->client cipher: (\S+) MAC: (\S+)/g);
  return { software: clean(software, 80), type, fingerprint, kex, cipher, mac: mac === '<implicit>' ? '' : mac };
}

/** Why ssh ended before there was a connection, in our words. */
export function whyNot(target: SshTarget, name: string, text: string): Failure {
  const place = placeOf(target);
  const { type, fingerprint } = toldBy(text);
  const facts = { address: target.address, port: target.port, ...(fingerprint !== '' && { fingerprint, type }) };
  const said = clean(
    text
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('debug') && !/^(OpenSSH_|Authenticated to|Pseudo-terminal)/.test(line))
      .at(-1) ?? 'ssh did not say why',
    200,
  );
  if (/no matching host key type/.test(text)) return new Failure('unsupported', `${name} has no host key of the types that are asked for`, { facts, hint: `ssh says: ${said}` });
  if (/REVOKED|is revoked/.test(text)) return new Failure('host-key-revoked', `the host key on the way to ${name} has been revoked`, { facts, hint: `ssh says: ${said}` });
  if (/IDENTIFICATION HAS CHANGED/.test(text))
    return new Failure('host-key-changed', `a host key on the way to ${name} has changed`, {
      facts,
      hint: 'Somebody may be intercepting the connection, or the server was rebuilt. Compare it on the server’s own console.',
    });
  const [unknown] = [...text.matchAll(/No (\S+) host key is known for (\S+)/g)].at(-1)?.slice(2) ?? [];
  if (unknown !== undefined || /Host key verification failed/.test(text)) {
    return new Failure(
      'host-key-unknown',
      `the host key of ${clean(unknown ?? 'a host', 120)} on the way to ${name} is not known yet${fingerprint === '' ? '' : `: ${fingerprint}`}`,
      {
        facts,
        hint: `Compare it on the server’s own console.`,
      },
    );
  }
  if (/Permission denied|Too many authentication failures|no mutual signature/.test(text))
    return new Failure('auth-failed', `${place} does not let ${target.user} in by the system's ssh`, {
      facts: { ...facts, said },
      hint: 'It asks no questions here: load the key into an agent (ssh-add), and see whether `ssh -o BatchMode=yes` gets in.',
    });
  return unreached('ssh', target, `the system's ssh does not reach ${name}: ${said}`, 'Does `ssh` reach it from a terminal?');
}
