import { byHand, deploy, look, removal, restart, switchBack } from './runbook/by-hand.ts';
import type { Ejected } from './runbook/facts.ts';
import { fenced, home, section } from './runbook/markdown.ts';
import type { AppSpec } from './spec.ts';
import { visible } from './visible.ts';

/**
 * Everything of an app on its host as Markdown, with the commands to run it by hand: true without ForgeBoard, which is not
 * used in any of them. The commands stand in blocks of their own below their headings, whole, so that they can be pasted.
 */
export function runbook(host: string, facts: Ejected): string {
  const { app, spec, live, release } = facts;
  const parts = [
    `# ${app} on ${visible(host)}

What this server has of the app ${app}, and how to run it by hand. None of it needs ForgeBoard: systemd starts the app, nginx
answers for it. Run the commands as root on the server.

- Address: ${address(spec)}
- What runs: ${what(spec)}${spec.root === '.' ? '' : `, in the folder \`${visible(spec.root)}\` of a release`}
- Live: ${live === null ? 'nothing' : `release ${release} in slot ${live}`}; ${facts.boot ? 'it starts at boot' : 'it does not start at boot: it was stopped'}
- Runs as the user ${facts.user === null ? `fb-${app}, who is missing` : `\`${facts.user.name}\` (${facts.user.uid}:${facts.user.gid})`}, who may write in \`${home(app)}/data\` and nowhere else`,
    look(facts),
    byHand(facts),
    ...(live === null ? [] : [...(spec.type === 'static' ? [] : [restart(facts)]), switchBack(facts), deploy(facts)]),
    removal(facts),
    folders(facts),
    releases(facts),
    variables(facts),
    texts(facts),
  ];
  return `${parts.join('\n\n')}\n`;
}

function address({ type, domains, port, keptSite }: AppSpec): string {
  if (type === 'worker') return 'none; it has processes only';
  if (keptSite !== null) return `${visible(keptSite.url ?? (domains.join(', ') || 'as its site says'))}, answered by nginx as its own site \`${visible(keptSite.file)}\` says`;
  return domains.length > 0 ? `${domains.join(', ')} on port 80, answered by nginx` : `port ${port}, IPv4 and IPv6, answered by nginx; no domain`;
}

function what({ type, entrypoint, workers, command, folder, processes, schedules }: AppSpec): string {
  const web = {
    wsgi: `\`${entrypoint}\` by gunicorn, ${workers} workers`,
    asgi: `\`${entrypoint}\` by uvicorn, ${workers} workers`,
    command: `\`${command}\``,
    worker: '',
    static: `files of \`${folder}\` by nginx itself`,
  }[type];
  const more = [...processes.map(({ name }) => `the process \`${name}\``), ...schedules.map(({ name, at }) => `\`${name}\` at \`${at}\``)];
  return visible([...(web === '' ? [] : [web]), ...more].join('; '));
}

const purposes = (app: string): Record<string, string> => ({
  [home(app)]: 'the app',
  [`${home(app)}/releases`]: 'one folder a release, read-only; beside it what ForgeBoard knows of it',
  [`${home(app)}/objects`]: 'the contents of all files once; releases are hard links to them',
  [`${home(app)}/venvs`]: 'virtual environments, one a set of requirements',
  [`${home(app)}/slots`]: 'what slots a and b run: links to a release, a virtual environment and the variables',
  [`${home(app)}/data`]: 'the app’s own files: back these up',
  [`/run/forgeboard/${app}`]: 'the sockets between nginx and the app, made anew at each boot',
  [`/etc/forgeboard/apps/${app}`]: 'its variables, one file a version',
  [`/var/lib/forgeboard/journal/${app}`]: 'what each deployment did',
});

function folders({ app, folders }: Ejected): string {
  const lines = folders.map(({ path, mode, owner }) => `| \`${path}\` | ${owner} | ${mode.toString(8)} | ${purposes(app)[path] ?? ''} |`);
  return section(
    'Folders',
    `| where | owner | mode | what |
|---|---|---|---|
${lines.join('\n')}

\`${home(app)}/live\` is a link to the folder of the slot that serves; renaming another link over it is the switch.
\`/var/lib/forgeboard/apps/${app}.json\` says what ForgeBoard applied last, \`/var/lib/forgeboard/locks/${app}\` and \`${app}.drain\`
are its locks, and the app's entry in \`/etc/forgeboard/apps.yml\` is what it was asked for. Nothing that serves reads them.
Its own \`/tmp\` and \`/var/tmp\` are folders named \`systemd-private-*-forgeboard-${app}.*\`, which systemd makes and deletes with each process.`,
  );
}

function releases({ app, releases, slots, live }: Ejected): string {
  const lines = releases.map(({ release, createdAt, actor, venv, python }) => {
    const where = slots.filter((slot) => slot.release === release).map(({ slot }) => `${slot}${slot === live ? ' (live)' : ''}`);
    return `| ${release} | ${new Date(createdAt * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC | ${visible(actor).replaceAll('|', '/')} | ${where.join(', ') || '-'} | \`${venv}\` | ${python ?? '-'} |`;
  });
  return section(
    'Releases',
    releases.length === 0
      ? 'There are none.'
      : `| release | made | by | in slot | virtual environment | made with |
|---|---|---|---|---|---|
${lines.join('\n')}

A virtual environment was made with \`PYTHON -m venv --without-pip ${home(app)}/venvs/NAME\` and filled by pip from the requirement files of the release.`,
  );
}

const variables = ({ variables }: Ejected) =>
  section(
    'Variables',
    variables === null
      ? 'The app has none of its own.'
      : `They lie in \`${variables.file}\`, which only root can read, as systemd's EnvironmentFile. Values are not repeated here. To change one, edit a copy of that file under the next number, point the slot's link \`vars\` at it and restart.\n\n${variables.names.map((name) => `- \`${name}\``).join('\n') || 'It is empty.'}`,
  );

const texts = ({ files }: Ejected) =>
  section('Files, with their whole text', files.map(({ path, mode, text }) => `### \`${path}\` (${mode.toString(8)}, root)\n\n${fenced(visible(text))}`).join('\n\n'));
