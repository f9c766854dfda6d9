import { Failure } from '../../shared/errors.ts';
import { type Answers, fakeBoard, usualAnswers } from './board.ts';
import * as facts from './facts.ts';

/*
 * The scenes of the pictures, by name: what the servers answer in each. Bundled and put into the page before its own code.
 */
const scenes: Record<string, (answers: Answers) => Answers> = {
  usual: (answers) => answers,
  'no-servers': (answers) => ({
    ...answers,
    'hosts.list': () => ({ hosts: [] }),
    'hosts.states': async (_input, { signal }) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Failure('cancelled', '')))),
  }),
  'changed-key': (answers) => ({
    ...answers,
    'hosts.probe': () => ({
      fingerprint: 'SHA256:u7QekT0d9mXrW2vAhN4cpL8sY1Bz6fJgoK3tRxD5Mwi',
      type: 'ssh-ed25519',
      verdict: 'changed',
      before: ['SHA256:Zp4sWd81LqTn6vYbE0aXcR2mKjH9uGfO3iPtB7yDxQs'],
      command: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    }),
    'hosts.states': async (input, told) => {
      told.emit({ host: 'hel-2', state: 'refused', reason: 'hel-2 shows a different key than before', problem: 'host-key-changed', retryAt: null });
      return usualAnswers()['hosts.states']!(input, { ...told, emit: (event) => event.host !== 'hel-2' && told.emit(event) });
    },
  }),
  unprepared: (answers) => ({ ...answers, 'hosts.check': () => ({ ready: true, prepared: false, findings: facts.findings }), 'apps.list': () => ({ apps: [] }) }),
  'first-app': (answers) => ({ ...answers, 'apps.list': () => ({ apps: [] }) }),
  deploying: (answers) => ({ ...answers, 'apps.get': async (input, told) => ({ ...(await usualAnswers()['apps.get']!(input, told)), deployments: facts.deployments.slice(1) }) }),
  slow: (answers) => ({ ...answers, 'apps.list': () => new Promise(() => {}), 'hosts.check': () => new Promise(() => {}) }),
  asks: (answers) => ({
    ...answers,
    'hosts.connect': async (_input, { ask }) => {
      await ask({ kind: 'passphrase', host: 'nbg-lab', subject: 'the key /home/ana/.ssh/id_lab', attempt: 2, remember: { reason: null } });
      return { connected: false };
    },
    'apps.remove': async ({ app }, { ask }) => {
      await ask({
        kind: 'confirm',
        text: `Remove ${app} from fra-1? This cannot be undone.`,
        lines: ['Its releases, its data folder, its unit and its site go.', `/srv/forgeboard/${app}`],
        verb: `Remove ${app}`,
      });
      throw new Failure('cancelled', `${app} was kept`);
    },
  }),
};

const { scene } = window as unknown as { scene?: string };
window.board = fakeBoard((scenes[scene ?? 'usual'] ?? scenes.usual!)(usualAnswers()));
