import { Failure } from '../../shared/errors.ts';
import { type Answers, fakeBoard, usualAnswers } from './board.ts';
import * as facts from './facts.ts';
import { adoptionAnswers, hinderedPlan } from './adoption-facts.ts';
import { inspection } from './import-facts.ts';

/*
 * The scenes of the pictures, by name: what the servers answer in each. Bundled and put into the page before its own code.
 */
const scenes: Record<string, (answers: Answers) => Answers> = {
  usual: (answers) => answers,
  'no-servers': (answers) => ({
    ...answers,
    'hosts.list': () => ({ hosts: [] }),
    'known-hosts.list': () => ({ files: [], keys: [], broken: [], more: 0 }),
    'hosts.states': async (_input, { signal }) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Failure('cancelled', '')))),
  }),
  'changed-key': (answers) => ({
    ...answers,
    'hosts.probe': () => ({
      fingerprint: 'SHA256:u7QekT0d9mXrW2vAhN4cpL8sY1Bz6fJgoK3tRxD5Mwi',
      type: 'ssh-ed25519',
      verdict: 'changed',
      before: ['SHA256:Zp4sWd81LqTn6vYbE0aXcR2mKjH9uGfO3iPtB7yDxQs'],
      file: '/home/ana/.ssh/known_hosts',
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
  removed: (answers) => ({
    ...answers,
    'apps.list': () => ({ apps: facts.apps.slice(0, 4) }),
    'apps.removed': () => ({
      removed: [
        {
          app: 'old-shop',
          archive: 'old-shop-20260514T164000Z.tar.gz',
          removedAt: facts.before(90),
          by: 'bo@desk',
          archiveBytes: 4_200_000,
          until: '2026-06-13T16:40:00.000Z',
          release: 7,
        },
        {
          app: 'wiki',
          archive: 'wiki-20260430T081500Z.tar.gz',
          removedAt: facts.before(20_000),
          by: 'ana@laptop',
          archiveBytes: 812_000_000,
          until: '2026-05-30T08:15:00.000Z',
          release: 31,
        },
      ],
      freeBytes: 21_400_000_000,
    }),
    'apps.eject': ({ app }) => ({
      text: `# ${app} on fra-1\n\nWhat this server has of the app ${app}, and how to run it by hand. None of it needs ForgeBoard.\n\n## Restart by hand\n\n\`\`\`sh\nsystemctl restart forgeboard-${app}.web@a.service\n\`\`\`\n`,
    }),
  }),
  adoptions: (answers) => ({ ...answers, ...adoptionAnswers }),
  'adoptions-hindered': (answers) => ({ ...answers, ...adoptionAnswers, 'adoptions.move': () => ({ ...hinderedPlan, deployment: null, release: null, ms: 1 }) }),
  slow: (answers) => ({ ...answers, 'apps.list': () => new Promise(() => {}), 'hosts.check': () => new Promise(() => {}) }),
  refused: (answers) => ({
    ...answers,
    'deployments.start': () => {
      throw new Failure('invalid', 'There is no folder /home/ana/stock-sync', { field: 'folder' });
    },
  }),
  again: (answers) => ({ ...answers, 'deployments.folder': () => ({ folder: { handle: 'folder-3', name: 'shop-api' }, gone: null }) }),
  'no-app': (answers) => ({
    ...answers,
    'imports.inspect': () => ({
      ...inspection,
      app: false,
      type: 'none',
      reason: 'It is a library: setup.py packages it, and no program of it serves',
      entrypoint: null,
      alternatives: [],
      environment: [],
    }),
  }),
  'no-variables': (answers) => ({ ...answers, 'variables.list': () => ({ variables: [], version: 0, live: 0, serves: true }) }),
  asks: (answers) => ({
    ...answers,
    'hosts.connect': async (_input, { ask }) => {
      await ask({ kind: 'passphrase', host: 'nbg-lab', subject: 'the key /home/ana/.ssh/id_lab', attempt: 2, remember: { reason: null } });
      return { connected: false };
    },
  }),
};

const { scene } = window as unknown as { scene?: string };
const board = fakeBoard((scenes[scene ?? 'usual'] ?? scenes.usual!)(usualAnswers()));
window.board = board;
const prompted = '\u001b]133;A\u0007$ python -m tools.tidy\r\n12 rows went\r\n\u001b]133;D;0\u0007\u001b]133;A\u0007$ false\r\n\u001b]133;D;1\u0007\u001b]133;A\u0007$ ';
if (scene === 'prompts') {
  const timer = setInterval(() => {
    if (board.shells[0] === undefined) return;
    clearInterval(timer);
    board.shells[0].say(prompted);
  }, 100);
}
