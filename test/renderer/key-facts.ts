import type { Output } from '../../renderer/lib/api.ts';

const one = (name: string, more: Partial<Output<'keys.list'>['keys'][number]>): Output<'keys.list'>['keys'][number] => ({
  name,
  path: `/home/ana/.ssh/${name}`,
  type: 'ed25519',
  fingerprint: 'SHA256:8GwWIyr0hX0w3sAqPpT1c2m9Zk4vYb7nJd5uLqRtE0s',
  comment: 'ana@laptop',
  encrypted: true,
  inAgent: false,
  line: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC6QF/AfiuLwt8NSBP+r0ixCXogazKo4r/KvoQodbDh1 ana@laptop',
  ...more,
});

/** Keys of this computer: each kind once. */
export const ownKeys: Output<'keys.list'> = {
  keys: [
    one('id_ed25519', { inAgent: true }),
    one('id_lab', { type: 'rsa', encrypted: false, fingerprint: 'SHA256:p3Xv6Tn0kQ1aBz8sYdR5mWcJ2uHeL9gFoI7tVxN4wMy', comment: 'lab' }),
    one('old', { type: 'rsa', fingerprint: null, line: null, comment: '' }),
  ],
};

export const keysWhere: Output<'keys.where'> = {
  hosts: [
    {
      host: 'fra-1',
      problem: null,
      keys: [
        { type: 'ssh-rsa', fingerprint: 'SHA256:Qy7Lw2Rk9Tn5vBz0sXcJ1mHe8gFoI3tUxN6aPdY4wMq', comment: 'backup', own: null, options: 'command="/usr/bin/rrsync /srv",no-pty' },
        { type: 'ssh-ed25519', fingerprint: 'SHA256:8GwWIyr0hX0w3sAqPpT1c2m9Zk4vYb7nJd5uLqRtE0s', comment: 'ana@laptop', own: 'id_ed25519', options: '' },
        { type: 'ssh-ed25519', fingerprint: 'SHA256:Zp4sWd81LqTn6vYbE0aXcR2mKjH9uGfO3iPtB7yDxQs', comment: 'bo@desk', own: null, options: '' },
      ],
    },
    { host: 'hel-2', problem: null, keys: [] },
    { host: 'nbg-lab', problem: 'nbg-lab did not answer on port 2222', keys: [] },
  ],
};
