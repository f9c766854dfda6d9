import { command } from '../hosts/command.ts';
import { ensurePackages } from '../hosts/debian.ts';
import type { TestHost } from '../hosts/host.ts';
import type { Laptop } from './laptop.ts';

/** Port of the site that rsync writes. */
const port = 8300;

const unit = (name: string, folder: string) => `[Unit]
Description=${name}
StartLimitIntervalSec=0
[Service]
User=www-data
RuntimeDirectory=${name}
WorkingDirectory=${folder}
Environment=PYTHONUNBUFFERED=1
ExecStart=/opt/rival/venv/bin/python -m gunicorn --bind unix:/run/${name}/app.sock --workers 2 --worker-tmp-dir /dev/shm --pid /run/${name}/pid app:app
ExecReload=/bin/kill -HUP $MAINPID
`;
const site = (name: string, at: number) => `server { listen ${at}; location / { proxy_pass http://unix:/run/${name}/app.sock; proxy_set_header Host $host; } }\n`;

/** A unit and a site for the app that somebody puts into a folder; gives its address. It is not started. */
export async function serveRival(host: TestHost, name: string, folder: string, at: number): Promise<string> {
  await host.write(`/etc/systemd/system/${name}.service`, unit(name, folder));
  await host.write(`/etc/nginx/conf.d/${name}.conf`, site(name, at));
  await host.run(['systemctl', 'daemon-reload']);
  await host.run(['systemctl', 'restart', 'nginx']);
  return `http://${host.ownAddress}:${at}/`;
}

/** Sets the rivals up on the same host: same packages, same number of workers, nginx before it. */
export async function prepareRivals(host: TestHost, laptop: Laptop, folder: string): Promise<string> {
  await ensurePackages(['rsync']);
  await host.run(['apt-get', 'update', '-qq']);
  await host.run(['apt-get', 'install', '-y', '-qq', 'rsync'], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  await host.run(['sh', '-c', 'mkdir -p /opt/rival/app && python3 -m venv /opt/rival/venv && /opt/rival/venv/bin/pip install -q flask gunicorn']);
  const url = await serveRival(host, 'rival', '/opt/rival/app', port);
  await sync(laptop, folder);
  await laptop.remote('systemctl', 'restart', 'rival');
  return url;
}

const sync = (laptop: Laptop, folder: string) => command(['rsync', '-a', '--delete', '-e', ['ssh', ...laptop.ssh].join(' '), `${folder}/`, `${laptop.place}:/opt/rival/app/`]);

/** rsync, then HUP: gunicorn starts new workers from the changed files. No release, no check, no way back. */
export async function hup(laptop: Laptop, folder: string): Promise<void> {
  await sync(laptop, folder);
  await laptop.remote('kill -HUP $(cat /run/rival/pid)');
}

/** rsync, then systemctl restart: requests fail meanwhile. */
export async function restart(laptop: Laptop, folder: string): Promise<void> {
  await sync(laptop, folder);
  await laptop.remote('systemctl', 'restart', 'rival');
}
