import type { Output } from '../../renderer/lib/api.ts';

const own = '/home/ana/.ssh/known_hosts';
const machine = '/etc/ssh/ssh_known_hosts';

/** What this computer trusts: each kind of line once. */
export const knownFacts: Output<'known-hosts.list'> = {
  files: [
    { path: own, writable: true, problem: null },
    { path: machine, writable: false, problem: null },
  ],
  keys: [
    {
      id: '1-4f0a2c91be77',
      file: own,
      line: 1,
      names: ['203.0.113.17'],
      hashed: false,
      type: 'ssh-ed25519',
      fingerprint: 'SHA256:u7QekT0d9mXrW2vAhN4cpL8sY1Bz6fJgoK3tRxD5Mwi',
      mark: 'key',
      hosts: ['fra-1'],
    },
    {
      id: '2-90c1d2aa0b13',
      file: own,
      line: 2,
      names: ['203.0.113.17'],
      hashed: false,
      type: 'ssh-rsa',
      fingerprint: 'SHA256:Zp4sWd81LqTn6vYbE0aXcR2mKjH9uGfO3iPtB7yDxQs',
      mark: 'revoked',
      hosts: ['fra-1'],
    },
    {
      id: '4-77aa01fe23cd',
      file: own,
      line: 4,
      names: [],
      hashed: true,
      type: 'ssh-ed25519',
      fingerprint: 'SHA256:b2NqYcK7xGm0vRf5TzWj9eLs1Ud4hPo8QiXa3MnEt6k',
      mark: 'key',
      hosts: ['hel-2'],
    },
    {
      id: '5-0d9e8b7c6a51',
      file: own,
      line: 5,
      names: ['git.example.org', '192.0.2.44'],
      hashed: false,
      type: 'ecdsa-sha2-nistp256',
      fingerprint: 'SHA256:H5tVwYp1LzKd8sXgQ0nRc4mBj7eUa2fOi9TkG6xNh3o',
      mark: 'key',
      hosts: [],
    },
    {
      id: null,
      file: machine,
      line: 1,
      names: ['*.home.example'],
      hashed: false,
      type: 'ssh-ed25519',
      fingerprint: 'SHA256:Kx9rNf2bTq6wEj0vYs4uLc8hPm1dGz7oAi5QeR3tXnY',
      mark: 'authority',
      hosts: ['nbg-lab'],
    },
  ],
  broken: [{ file: own, line: 7, text: 'shop.example ssh-ed25519 AAAAC3NzaC1', wrong: 'its third word is not a key' }],
  more: 0,
};
