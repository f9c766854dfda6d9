import type { HostFile } from './spec.ts';

/** What a prepared host has; prepare makes it so and a second run finds nothing to do. */
export interface PreparedHost {
  packages: string[];
  directories: { path: string; mode: number }[];
  files: HostFile[];
  /** Gets one sudo rule for the kit's path; null where root signs in. */
  sudoUser: string | null;
}

/** Debian package names. python3-venv brings the pip wheel that venvs are filled with. */
const packages = ['nginx', 'python3-venv'];

export function preparedHost(user: string): PreparedHost {
  return {
    packages,
    directories: [
      { path: '/etc/forgeboard', mode: 0o755 },
      { path: '/etc/forgeboard/apps', mode: 0o700 },
      { path: '/srv/forgeboard', mode: 0o711 },
      { path: '/var/lib/forgeboard', mode: 0o755 },
      { path: '/var/lib/forgeboard/apps', mode: 0o755 },
      { path: '/var/lib/forgeboard/journal', mode: 0o700 },
      { path: '/var/lib/forgeboard/locks', mode: 0o700 },
      { path: '/usr/local/lib/forgeboard', mode: 0o755 },
    ],
    files: [],
    sudoUser: user === 'root' ? null : user,
  };
}
