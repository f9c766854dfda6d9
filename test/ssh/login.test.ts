import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AuthContext } from 'ssh2';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { agentAddresses } from '../../electron/ssh/agent.ts';
import { connect } from '../../electron/ssh/connect.ts';
import { noCredentials } from '../../electron/ssh/credentials.ts';
import { promptKind } from '../../electron/ssh/prompts.ts';
import type { SshTarget } from '../../electron/ssh/target.ts';
import { answering, fakeServer, type FakeServer, keyPair, knowing } from './fake-server.ts';
import { folder, hasSshKeygen, sshKeygen } from './folder.ts';

const servers: FakeServer[] = [];
afterEach(async () => {
  for (const fake of servers.splice(0)) await fake.close();
});

/** Lets in one public key and one password, offers these methods, and hangs up at the sixth refusal, as sshd does. */
async function server(options: { methods?: AuthContext['method'][]; key?: Buffer; password?: string; prompts?: string[] }): Promise<FakeServer> {
  const methods = options.methods ?? ['publickey'];
  let refusals = 0;
  const fake = await fakeServer({
    auth: (context) => {
      const refuse = (): void => {
        if (context.method !== 'none' && ++refusals >= 6) return void fake.connections.at(-1)!.end();
        context.reject(methods);
      };
      if (context.method === 'publickey' && options.key?.equals(context.key.data) === true) return context.accept();
      if (context.method === 'password' && context.password === options.password) return context.accept();
      if (context.method === 'keyboard-interactive' && methods.includes('keyboard-interactive')) {
        const prompts = (options.prompts ?? ['Password: ']).map((prompt) => ({ prompt, echo: false }));
        return context.prompt(prompts, (answers: string[]) => (answers[0] === options.password ? context.accept() : refuse()));
      }
      refuse();
    },
  });
  servers.push(fake);
  return fake;
}

const login = (fake: FakeServer, target: Partial<SshTarget>, credentials = noCredentials) =>
  connect({ ...fake.target, ...target }, { name: 'shop-1', hostKeys: { known: knowing(fake, ...fake.hostKeys.map((each) => each.key)) }, credentials });

function identity(private_: string): string {
  const file = path.join(folder(), 'id');
  writeFileSync(file, private_);
  chmodSync(file, 0o600);
  return file;
}

function encrypted(passphrase: string): { file: string; key: Buffer } {
  const file = path.join(folder(), 'id');
  sshKeygen('-q', '-t', 'ed25519', '-a', '1', '-N', passphrase, '-f', file);
  return { file, key: Buffer.from(readFileSync(`${file}.pub`, 'utf8').split(' ')[1] ?? '', 'base64') };
}

/** A real ssh-agent with these keys, for the length of the test. */
async function agent(...files: string[]): Promise<void> {
  const socket = path.join(folder(), 'agent');
  const child: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  // The socket is there before anybody listens on it: 1 says that it answered and has no key, 2 that it did not answer.
  await vi.waitFor(() => expect(spawnSync('ssh-add', ['-l'], { stdio: 'ignore', env: { ...process.env, SSH_AUTH_SOCK: socket } }).status).toBe(1));
  vi.stubEnv('SSH_AUTH_SOCK', socket);
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const file of files) execFileSync('ssh-add', ['-q', file], { stdio: 'ignore', env: { ...process.env, SSH_AUTH_SOCK: socket } });
}

describe('logging in', () => {
  it('with a key file takes one request and its signature', async () => {
    const pair = keyPair();
    const fake = await server({ key: pair.key.blob });
    (await login(fake, { identity: identity(pair.private) })).close();
    expect(fake.auths).toEqual(['publickey', 'publickey']);
  });

  it('with a wrong key says what was tried, what the server allows, and what to look at', async () => {
    const fake = await server({ key: keyPair().key.blob });
    const file = identity(keyPair().private);
    await expect(login(fake, { identity: file })).rejects.toMatchObject({
      problem: 'auth-failed',
      message: expect.stringContaining(`tried: key ${file}`),
      hint: expect.stringContaining('authorized_keys'),
      facts: { tried: [`key ${file}`], offered: ['publickey'] },
    });
    expect(fake.auths).toEqual(['publickey']);
  });

  it('with a key file that is none fails before anything is sent', async () => {
    const fake = await server({});
    await expect(login(fake, { identity: identity('hello') })).rejects.toMatchObject({ problem: 'invalid', field: 'identity' });
    expect(fake.connections).toHaveLength(0);
  });

  it('with nothing to offer asks the server what it allows, and says so', async () => {
    const fake = await server({});
    await expect(login(fake, {})).rejects.toMatchObject({
      problem: 'auth-failed',
      message: expect.stringContaining('nothing could be tried'),
      hint: expect.stringContaining('key file'),
    });
    expect(fake.auths).toEqual(['none']);
  });

  it.skipIf(!hasSshKeygen)('without a key file named tries the usual ones in ~/.ssh, as ssh does, and never those twice', async () => {
    const home = folder();
    vi.stubEnv('HOME', home);
    onTestFinished(() => void vi.unstubAllEnvs());
    mkdirSync(path.join(home, '.ssh'));
    const usual = path.join(home, '.ssh', 'id_ed25519');
    sshKeygen('-q', '-t', 'ed25519', '-N', '', '-f', usual);
    const fake = await server({ key: Buffer.from(readFileSync(`${usual}.pub`, 'utf8').split(' ')[1] ?? '', 'base64') });
    (await login(fake, { identity: undefined, agent: false })).close();
    const stranger = await server({});
    await expect(login(stranger, { identity: undefined, agent: false })).rejects.toMatchObject({ problem: 'auth-failed', facts: { tried: [`key ${usual}`] } });
    const named = await server({});
    await expect(login(named, { identity: identity(keyPair().private), agent: false })).rejects.not.toMatchObject({ facts: { tried: expect.arrayContaining([`key ${usual}`]) } });
  });

  it('with a password asks for it only where the server allows one, and twice at most', async () => {
    const fake = await server({ methods: ['publickey', 'password'], password: 'right' });
    const credentials = answering('wrong', 'right');
    (await login(fake, {}, credentials)).close();
    expect(credentials.questions).toEqual([
      { kind: 'password', host: 'shop-1', subject: 'ana on shop-1', attempt: 1 },
      { kind: 'password', host: 'shop-1', subject: 'ana on shop-1', attempt: 2 },
    ]);
    const never = answering('a', 'b', 'c');
    await expect(login(fake, {}, never)).rejects.toMatchObject({ problem: 'auth-failed' });
    expect(never.questions).toHaveLength(2);
    const keysOnly = await server({ methods: ['publickey'] });
    const unasked = answering('a');
    await expect(login(keysOnly, {}, unasked)).rejects.toMatchObject({ problem: 'auth-failed' });
    expect(unasked.questions).toEqual([]);
  });

  it('by keyboard-interactive answers the one password prompt, and nothing else', async () => {
    const fake = await server({ methods: ['keyboard-interactive'], password: 'right' });
    (await login(fake, {}, answering('right'))).close();
  });

  it('by keyboard-interactive with a second factor asks for its code in the server’s own words, once, and keeps the password', async () => {
    const asked: string[][] = [];
    const fake = await fakeServer({
      auth: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
        context.prompt([{ prompt: '(ana@shop) Password: ', echo: false }], (first: string[]) =>
          context.prompt([{ prompt: 'Verification code\u001b[2J:', echo: false }], (second: string[]) =>
            context.prompt([], () => {
              asked.push([...first, ...second]);
              if (first[0] === 'right' && second[0] === '123456') context.accept();
              else context.reject(['keyboard-interactive']);
            }),
          ),
        );
      },
    });
    servers.push(fake);
    const credentials = answering('right', '123456');
    (await login(fake, {}, credentials)).close();
    expect(credentials.questions.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['password', 'ana on shop-1'],
      ['code', 'Verification code?[2J:'],
    ]);
    // Nobody gives the code: it says so, and does not go on asking.
    const gone = answering('right');
    await expect(login(fake, {}, gone)).rejects.toMatchObject({ problem: 'needs-input', message: expect.stringContaining('Verification code') });
    expect(asked).toEqual([
      ['right', '123456'],
      ['right', ''],
    ]);
  });

  it.each([
    ['Password: ', true, true, 'password'],
    ['Kennwort: ', true, false, 'password'],
    ['Ключ: ', true, true, 'password'],
    ['Ключ: ', true, false, 'code'],
    ['One-time password: ', true, true, 'code'],
    ['Enter PASSCODE:', true, true, 'code'],
    ['Which device? ', false, true, 'code'],
    ['New password: ', true, true, 'other'],
    ['Retype new password: ', true, false, 'other'],
  ])('takes the prompt %j (hidden %s, alone %s) for: %s', (prompt, hidden, alone, kind) => {
    expect(promptKind(prompt, { hidden, alone })).toBe(kind);
  });

  it.skipIf(!hasSshKeygen)('with the keys of the configuration tries them in order and leaves room; IdentitiesOnly keeps the agent’s others back', async () => {
    const files = [encrypted(''), encrypted(''), encrypted('')];
    const others = [encrypted(''), encrypted('')];
    await agent(...others.map(({ file }) => file), files[1]!.file);
    const fake = await server({ key: files[2]!.key });
    const identities = ['/nonexistent/id', ...files.map(({ file }) => file)];
    (await login(fake, { agent: true, identities, identitiesOnly: true })).close();
    expect(fake.auths).toEqual(['none', ...Array(4).fill('publickey')]);
    const stranger = await server({});
    await expect(login(stranger, { agent: true, identities, identitiesOnly: true })).rejects.toMatchObject({ facts: { tried: files.map(({ file }) => `key ${file}`) } });
    await expect(login(await server({}), { agent: true, identities: [] })).rejects.toMatchObject({ facts: { tried: ['agent (3 of 3 keys)'] } });
  });

  it.skipIf(!hasSshKeygen)('takes an agent’s key for a file of which only the public half is here', async () => {
    const { file, key } = encrypted('');
    await agent(encrypted('').file, file);
    rmSync(file);
    const fake = await server({ key });
    (await login(fake, { agent: true, identities: [file], identitiesOnly: true })).close();
    expect(fake.auths).toEqual(['none', 'publickey', 'publickey']);
  });

  it('that nobody can answer for is `needs-input`', async () => {
    const fake = await server({ methods: ['password'] });
    await expect(login(fake, {})).rejects.toMatchObject({ problem: 'needs-input', message: expect.stringContaining('password of ana on shop-1') });
    expect(fake.auths).toEqual(['none']);
  });

  it.skipIf(!hasSshKeygen)('with an encrypted key asks for its passphrase, at most three times in all', async () => {
    const { file, key } = encrypted('open');
    const fake = await server({ key });
    const credentials = answering('a', 'b', 'open');
    (await login(fake, { identity: file }, credentials)).close();
    expect(credentials.questions.map(({ kind, subject, attempt }) => [kind, subject, attempt])).toEqual([1, 2, 3].map((attempt) => ['passphrase', `the key ${file}`, attempt]));
    const wrong = answering('a', 'b', 'c', 'open');
    const before = fake.auths.filter((each) => each === 'publickey').length;
    await expect(login(fake, { identity: file }, wrong)).rejects.toMatchObject({ problem: 'auth-failed', message: expect.stringContaining('wrong passphrase') });
    expect(wrong.questions).toHaveLength(3);
    expect(fake.auths.filter((each) => each === 'publickey')).toHaveLength(before);
    await expect(login(fake, { identity: file })).rejects.toMatchObject({ problem: 'needs-input', hint: expect.stringContaining('ssh-add') });
  });

  it('asks for no passphrase where the server takes no keys', async () => {
    const { file } = encrypted('open');
    const fake = await server({ methods: ['password'], password: 'right' });
    const credentials = answering('right');
    (await login(fake, { identity: file }, credentials)).close();
    expect(credentials.questions.map(({ kind }) => kind)).toEqual(['password']);
  });

  it('goes on with the typed passphrase when the server hung up while it was looked for', async () => {
    const { file, key } = encrypted('open');
    const fake = await server({ key });
    const slow = {
      ask: async () => {
        fake.connections[0]?.end();
        await new Promise((resolve) => setTimeout(resolve, 100));
        return answering('open').ask({ kind: 'passphrase', host: '', subject: '', attempt: 1 });
      },
    };
    (await login(fake, { identity: file }, slow)).close();
    expect(fake.connections).toHaveLength(2);
  });
});

describe.skipIf(!hasSshKeygen)('an agent', () => {
  const many = (count: number): string[] => Array.from({ length: count }, () => encrypted('').file);

  it('is used when there is no key file', async () => {
    const { file, key } = encrypted('');
    await agent(file);
    const fake = await server({ key });
    (await login(fake, { agent: true })).close();
    expect(fake.auths).toEqual(['none', 'publickey', 'publickey']);
  });

  it('that holds the encrypted key file’s key saves the question', async () => {
    const other = encrypted('');
    const { file, key } = encrypted('');
    await agent(other.file, file);
    sshKeygen('-q', '-p', '-P', '', '-N', 'open', '-a', '1', '-f', file);
    const fake = await server({ key });
    const credentials = answering();
    (await login(fake, { identity: file, agent: true }, credentials)).close();
    expect(credentials.questions).toEqual([]);
    expect(fake.auths).toEqual(['none', 'publickey', 'publickey']);
  });

  it('comes after the key file, and with many keys never uses up the tries that a password needs', async () => {
    await agent(...many(8));
    const fake = await server({ methods: ['publickey', 'password'], password: 'right' });
    const file = identity(keyPair().private);
    (await login(fake, { identity: file, agent: true }, answering('right'))).close();
    expect(fake.auths).toEqual([...Array(5).fill('publickey'), 'password']);
    expect(readdirSync(path.dirname(file))).toHaveLength(1);
  });

  it('offers five of its keys at most', async () => {
    await agent(...many(8));
    const fake = await server({});
    await expect(login(fake, { agent: true })).rejects.toMatchObject({ problem: 'auth-failed', message: expect.stringContaining('agent (5 of 8 keys)') });
    expect(fake.auths).toEqual(['none', ...Array(5).fill('publickey')]);
  });

  it('that is wanted but not there is named', async () => {
    vi.stubEnv('SSH_AUTH_SOCK', '/nonexistent/agent');
    onTestFinished(() => void vi.unstubAllEnvs());
    const fake = await server({});
    await expect(login(fake, { agent: true })).rejects.toMatchObject({ problem: 'auth-failed', hint: expect.stringContaining('No ssh-agent is running') });
  });
});

describe('agents', () => {
  it('are where SSH_AUTH_SOCK says, or where each system has them', () => {
    const run = folder();
    mkdirSync(path.join(run, 'gcr'));
    for (const name of ['gcr/ssh', 'openssh_agent']) writeFileSync(path.join(run, name), '');
    expect(agentAddresses({ SSH_AUTH_SOCK: '/a', XDG_RUNTIME_DIR: run }, 'linux')).toEqual(['/a']);
    expect(agentAddresses({ XDG_RUNTIME_DIR: run, HOME: run }, 'linux')).toEqual([path.join(run, 'openssh_agent'), path.join(run, 'gcr/ssh')]);
    expect(agentAddresses({ HOME: run }, 'darwin')).toEqual([]);
    expect(agentAddresses({}, 'win32')).toEqual(['\\\\.\\pipe\\openssh-ssh-agent', 'pageant']);
  });
});
