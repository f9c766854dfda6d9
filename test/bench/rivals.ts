import { join } from 'node:path';
import { command } from '../hosts/command.ts';
import type { TestHost } from '../hosts/host.ts';

/** What people do today without a tool: rsync over a connection that is already open, then gunicorn is told. */
export interface Rivals {
  url: string;
  /** rsync, then HUP: gunicorn starts new workers from the changed files. No release, no check, no way back. */
  hup(folder: string): Promise<void>;
  /** rsync, then systemctl restart: requests fail meanwhile. */
  restart(folder: string): Promise<void>;
  close(): Promise<void>;
}

const unit = `[Unit]
Description=rival
StartLimitIntervalSec=0
[Service]
User=www-data
RuntimeDirectory=rival
WorkingDirectory=/opt/rival/app
Environment=PYTHONUNBUFFERED=1
ExecStart=/opt/rival/venv/bin/python -m gunicorn --bind unix:/run/rival/app.sock --workers 2 --worker-tmp-dir /dev/shm --pid /run/rival/pid app:app
`;
const site = 'server { listen 8300; location / { proxy_pass http://unix:/run/rival/app.sock; proxy_set_header Host $host; } }\n';

/** Sets the rival up on the same host: same packages, same number of workers, nginx before it. */
export async function startRivals(host: TestHost, folder: string, scratch: string): Promise<Rivals> {
  await host.run(['apt-get', 'update', '-qq']);
  await host.run(['apt-get', 'install', '-y', '-qq', 'rsync'], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  await host.run(['sh', '-c', 'mkdir -p /opt/rival/app && python3 -m venv /opt/rival/venv && /opt/rival/venv/bin/pip install -q flask gunicorn']);
  await host.write('/etc/systemd/system/rival.service', unit);
  await host.write('/etc/nginx/conf.d/rival.conf', site);
  const socket = join(scratch, 'ssh');
  const options = [
    '-i',
    host.identity,
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'StrictHostKeyChecking=accept-new',
    '-o',
    `UserKnownHostsFile=${join(scratch, 'known_hosts')}`,
    '-o',
    `ControlPath=${socket}`,
    '-p',
    String(host.port),
  ];
  const place = `root@${host.address}`;
  // Master in the background: both rivals pay for no handshake, as our own client pays for none.
  await command(['ssh', ...options, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=600', '-f', '-N', place]);
  const remote = (...argv: string[]) => command(['ssh', ...options, place, ...argv]);
  const sync = (from: string) => command(['rsync', '-a', '--delete', '-e', ['ssh', ...options].join(' '), `${from}/`, `${place}:/opt/rival/app/`]);
  await sync(folder);
  await remote('systemctl', 'daemon-reload');
  await remote('systemctl', 'restart', 'rival', 'nginx');
  return {
    url: `http://${host.ownAddress}:8300/`,
    async hup(from) {
      await sync(from);
      await remote('kill -HUP $(cat /run/rival/pid)');
    },
    async restart(from) {
      await sync(from);
      await remote('systemctl', 'restart', 'rival');
    },
    close: async () => void (await command(['ssh', ...options, '-O', 'exit', place], { check: false })),
  };
}
