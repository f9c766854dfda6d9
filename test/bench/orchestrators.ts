import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { command } from '../hosts/command.ts';
import { ensurePackages } from '../hosts/debian.ts';
import type { TestHost } from '../hosts/host.ts';
import { changeVersion } from './fixture.ts';
import type { Laptop } from './laptop.ts';
import type { Way } from './ours.ts';
import { serveRival } from './rivals.ts';

export const orchestratorRows = ['capistrano', 'ansible', 'ansible-tuned'] as const;

const packages = { capistrano: ['capistrano', 'ruby-ed25519', 'ruby-bcrypt-pbkdf', 'git'], ansible: ['ansible', 'rsync'] };

/** Capistrano and Ansible from Debian's packages, which are installed here where they are missing, set up as their guides say. */
export async function orchestratorWays(
  host: TestHost,
  fixture: string,
  scratch: string,
  chosen: (row: string) => boolean,
): Promise<{ ways: Record<string, Way>; versions: string[] }> {
  const ways: Record<string, Way> = {};
  const versions: string[] = [];
  if (chosen('capistrano')) {
    await ensurePackages(packages.capistrano);
    versions.push((await command(['cap', '--version'])).stdout.trim());
    ways.capistrano = await capistrano(host, fixture, scratch);
  }
  const ansibles = (['ansible', 'ansible-tuned'] as const).filter(chosen);
  if (ansibles.length > 0) {
    await ensurePackages(packages.ansible);
    versions.push((await command(['ansible-playbook', '--version'], { env: utf8 })).stdout.split('\n')[0] ?? '');
    await host.run(['mkdir', '-p', '/opt/rival-ansible/app']);
    const url = await serveRival(host, 'rival-ansible', '/opt/rival-ansible/app', 8302);
    for (const row of ansibles) ways[row] = await ansible(row, url, fixture, scratch, host.identity);
  }
  return { ways, versions };
}

// Ansible refuses any other.
const utf8 = { ...process.env, LC_ALL: 'C.UTF-8' };

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const capfile = `require "capistrano/setup"
require "capistrano/deploy"
require "capistrano/scm/git"
install_plugin Capistrano::SCM::Git
`;
const deployRb = `set :application, "rival"
set :repo_url, "/opt/rival-cap/repo.git"
set :branch, "main"
set :deploy_to, "/opt/rival-cap"
set :format_options, log_file: nil
namespace :deploy do
  after :publishing, :restart do
    on roles(:app) do
      execute :systemctl, "restart", "rival-cap"
    end
  end
end
`;
const productionRb = `server ENV.fetch("BENCH_ADDRESS"), user: "root", roles: %w{app}, ssh_options: {
  port: ENV.fetch("BENCH_PORT").to_i, keys: [ENV.fetch("BENCH_KEY")], keys_only: true, config: false, verify_host_key: :never
}
`;

/** Pushed to a repository on the host itself, from which Capistrano makes its release: no other server is in between. */
async function capistrano(host: TestHost, fixture: string, scratch: string): Promise<Way> {
  const [folder, own] = [join(scratch, 'rival-cap'), join(scratch, 'capistrano')];
  await cp(fixture, folder, { recursive: true });
  await write(own, { Capfile: capfile, 'config/deploy.rb': deployRb, 'config/deploy/production.rb': productionRb });
  const git = (...argv: string[]) => command(['git', '-C', folder, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...argv]);
  await git('init', '-q', '-b', 'main');
  await host.run(['sh', '-c', 'apt-get install -y -qq --no-install-recommends git && mkdir -p /opt/rival-cap && git init -q --bare -b main /opt/rival-cap/repo.git'], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  const url = await serveRival(host, 'rival-cap', '/opt/rival-cap/current', 8301);
  return {
    name: 'git push + cap production deploy + systemctl restart, one file changed',
    url,
    async prepare(_laptop, version) {
      await changeVersion(folder, version);
      await git('add', '-A');
      await git('commit', '-q', '-m', version);
      return version;
    },
    async run(laptop) {
      const ssh = ['ssh', ...laptop.ssh].join(' ');
      await command(['git', '-C', folder, 'push', '-q', `${laptop.place}:/opt/rival-cap/repo.git`, 'main'], { env: { ...process.env, GIT_SSH_COMMAND: ssh } });
      const there = { BENCH_ADDRESS: addressOf(laptop), BENCH_PORT: String(laptop.port), BENCH_KEY: host.identity };
      await command(['sh', '-c', 'cd "$1" && exec cap production deploy', 'sh', own], { env: { ...utf8, ...there, HOME: own } });
    },
  };
}

const playbook = `- hosts: all
  tasks:
    - ansible.posix.synchronize:
        src: "{{ folder }}/"
        dest: /opt/rival-ansible/app/
        delete: true
        use_ssh_args: true
      notify: reload
  handlers:
    - name: reload
      ansible.builtin.systemd:
        name: rival-ansible
        state: reloaded
`;
const plainCfg = '[defaults]\nhost_key_checking = False\n';
const tunedCfg = `${plainCfg}gathering = explicit\n[ssh_connection]\npipelining = True\nssh_args = -o ControlMaster=auto -o ControlPersist=3600s -o UserKnownHostsFile=/dev/null\n`;

/** As Ansible comes, or with what its guides advise for speed: pipelining, no facts, a connection that stays open. */
async function ansible(row: 'ansible' | 'ansible-tuned', url: string, fixture: string, scratch: string, identity: string): Promise<Way> {
  const tuned = row === 'ansible-tuned';
  const [folder, own] = [join(scratch, 'rival-ansible'), join(scratch, row)];
  await cp(fixture, folder, { recursive: true });
  const untuned = `${plainCfg}[ssh_connection]\nssh_args = -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null\n`;
  await write(own, { 'site.yml': playbook, 'ansible.cfg': tuned ? tunedCfg : untuned });
  return {
    name: `ansible-playbook, synchronize and reload by HUP, one file changed${tuned ? ' (tuned: pipelining, no facts, open connection)' : ''}`,
    url,
    async prepare(_laptop, version) {
      await changeVersion(folder, version);
      return version;
    },
    async run(laptop) {
      const there = `rival ansible_host=${addressOf(laptop)} ansible_port=${laptop.port} ansible_user=root ansible_ssh_private_key_file=${identity} ansible_python_interpreter=/usr/bin/python3\n`;
      const inventory = join(own, `hosts-${laptop.delayMs}`);
      await writeFile(inventory, there);
      const env = { ...utf8, ANSIBLE_CONFIG: join(own, 'ansible.cfg'), ANSIBLE_HOME: own, HOME: own, ANSIBLE_SSH_CONTROL_PATH_DIR: join(own, 'cp') };
      await command(['ansible-playbook', '-i', inventory, '-e', `folder=${folder}`, join(own, 'site.yml')], { env });
    },
  };
}

const addressOf = ({ place }: Laptop): string => place.slice(place.indexOf('@') + 1);
