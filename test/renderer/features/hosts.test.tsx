import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { compareFingerprint } from '../../../renderer/features/hosts/fingerprint.ts';
import { Failure } from '../../../shared/errors.ts';
import { openWindow } from '../page.tsx';

const key = 'SHA256:u7QekT0d9mXrW2vAhN4cpL8sY1Bz6fJgoK3tRxD5Mwi';

it.each([
  ['', 'empty'],
  [key, 'same'],
  [`256 ${key} root@fra-1 (ED25519)`, 'same'],
  [`  ${key}=\n`, 'same'],
  [key.slice(7), 'same'],
  [`3072 SHA256:Zp4sWd81LqTn6vYbE0aXcR2mKjH9uGfO3iPtB7yDxQs root@x (RSA)\n256 ${key} root@x (ED25519)`, 'same'],
  ['256 SHA256:Zp4sWd81LqTn6vYbE0aXcR2mKjH9uGfO3iPtB7yDxQs root@fra-1 (ED25519)', 'other'],
  [key.slice(0, -1), 'no-fingerprint'],
  [key.toLowerCase().replace('sha256', 'SHA256'), 'other'],
  ['MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48', 'old-form'],
  ['It is the right one', 'no-fingerprint'],
])('a pasted %j is %s', (pasted, compared) => {
  expect(compareFingerprint(pasted, key)).toBe(compared);
});

describe('adding a server', () => {
  it('says what is wrong at each field, and sends nothing', async () => {
    const board = openWindow('/add');
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText('Address'), '203.0.113');
    fireEvent.change(screen.getByLabelText('Port'), { target: { value: '70000' } });
    fireEvent.change(screen.getByLabelText('User'), { target: { value: 'Ana' } });
    fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'my server' } });
    await user.click(screen.getByRole('button', { name: /^Connect/ }));
    for (const [label, says] of [
      ['Address', 'four numbers from 0 to 255'],
      ['Port', 'from 1 to 65535'],
      ['User', 'not a Linux user name'],
      ['Name', 'not a server name'],
    ] as const) {
      const field = screen.getByLabelText(label);
      expect(field.getAttribute('aria-invalid'), label).toBe('true');
      expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent, label).toContain(says);
    }
    expect(board.sent.some((message) => message.type === 'call' && message.name === 'hosts.probe')).toBe(false);
  });

  it('shows a taken name at its field again, after the backend said so', async () => {
    openWindow('/add', {
      'hosts.add': () => {
        throw new Failure('exists', 'A server called shop is known already', { field: 'name' });
      },
    });
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText('Address'), 'shop.example');
    await user.click(screen.getByRole('button', { name: 'Connect to shop' }));
    await user.click(await screen.findByRole('button', { name: 'It is my server, sign in' }));
    expect(await screen.findByText('A server called shop is known already')).toBeTruthy();
    expect((screen.getByLabelText('Address') as HTMLInputElement).value).toBe('shop.example');
  });

  it('of ~/.ssh/config is asked for by its name there, says how it is reached, and what of it does not count', async () => {
    const board = openWindow('/add', {
      'hosts.list': () => ({ hosts: [] }),
      'hosts.add': ({ name, address }) => ({
        name,
        address,
        user: 'deploy',
        port: 22,
        identity: null,
        addedAt: '2026-01-01T00:00:00Z',
        fingerprint: key,
        notes: ['ForwardAgent is not used'],
      }),
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole('radio', { name: /hel-2/ }));
    expect(screen.getByText('via gate.example')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Connect to hel-2' }));
    await user.click(await screen.findByRole('button', { name: 'It is my server, sign in' }));
    expect(await screen.findByText(/ForwardAgent is not used/)).toBeTruthy();
    const sent = board.sent.filter((message) => message.type === 'call' && /^hosts\.(probe|add)$/.test(message.name));
    expect(sent).toMatchObject([{ input: { address: 'hel-2' } }, { input: { name: 'hel-2', address: 'hel-2' } }]);
    expect(JSON.stringify(sent)).not.toContain('identity');
  });

  it.each([
    ['changed', 'shop.example', 'ssh-keygen -R shop.example -f /srv/known_hosts'],
    ['revoked', 'shop.example:2222', 'ssh-keygen -R "[shop.example]:2222" -f /srv/known_hosts'],
  ] as const)('with a %s key at %s offers no way on', async (verdict, address, command) => {
    const board = openWindow('/add', { 'hosts.probe': () => ({ fingerprint: key, type: 'ssh-ed25519', verdict, before: [], file: '/srv/known_hosts', command: 'ssh-keygen' }) });
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText('Address'), address);
    await user.click(screen.getByRole('button', { name: 'Connect to shop' }));
    await screen.findByText('There is no way on from here.');
    expect(screen.getByText(command)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /sign in|anyway|trust|continue/i })).toBeNull();
    expect(board.sent.some((message) => message.type === 'call' && message.name === 'hosts.add')).toBe(false);
  });

  it('refuses to sign in while the pasted key is another', async () => {
    const board = openWindow('/add');
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText('Address'), 'shop.example');
    await user.click(screen.getByRole('button', { name: 'Connect to shop' }));
    fireEvent.change(await screen.findByLabelText(/Or paste its answer/), { target: { value: 'SHA256:Zp4sWd81LqTn6vYbE0aXcR2mKjH9uGfO3iPtB7yDxQs' } });
    await user.click(screen.getByRole('button', { name: 'It is my server, sign in' }));
    expect(board.sent.some((message) => message.type === 'call' && message.name === 'hosts.add')).toBe(false);
  });
});

it('a server of a hostile name is text and nothing else', async () => {
  openWindow('/hosts/fra-1', {
    'hosts.list': () => ({ hosts: [{ name: 'fra-1', user: 'root', address: '<img src=x onerror=alert(1)>\u202e', port: 22, identity: null, addedAt: '2026-01-01T00:00:00Z' }] }),
  });
  expect(await screen.findByText(/<img src=x onerror=alert\(1\)>\\u\{202e\}/)).toBeTruthy();
  expect(document.querySelector('img')).toBeNull();
});
