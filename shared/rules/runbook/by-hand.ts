import { madeRequirements } from '../packages/installable.ts';
import { fenced, home, section } from './markdown.ts';
import { logFile } from '../site.ts';
import { companions, hasWeb, onPort } from '../units.ts';
import type { Ejected } from './facts.ts';

/* What a person does by hand with an app, as blocks of shell that can be pasted whole. */

/** Units of an app in a slot; `main` come up before the switch, the others follow it. */
const main = ({ app, spec }: Ejected, slot: string) => [
  ...(onPort(spec) ? [`forgeboard-${app}.proxy@${slot}.socket`] : []),
  ...(hasWeb(spec) ? [`forgeboard-${app}.web@${slot}.service`] : []),
];
const beside = ({ spec }: Ejected, slot: string) => companions(spec).map((unit) => unit.replace('@.', () => `@${slot}.`));
const quoted = (units: readonly string[]) => units.map((unit) => `"${unit}"`).join(' ');
/** Also what has been stopped in no file any more, such as the proxy that its socket started. */
const all = (app: string, slot: string) => `"forgeboard-${app}.*@${slot}.*"`;

/**
 * Of a shell script: takes the app's locks, so that a deployment has drained its old slot before and none begins meanwhile;
 * `slot` is the slot that serves, `other` the one that does not.
 */
const whichSlots = (app: string) => `mkdir -p /var/lib/forgeboard/locks
exec 8>>/var/lib/forgeboard/locks/${app} 9>>/var/lib/forgeboard/locks/${app}.drain
flock 8
flock 9
cd ${home(app)}
slot=$(readlink live)
slot=\${slot##*/}
if [ "$slot" = a ]; then other=b; else other=a; fi`;

/** Of a shell script: what a slot needs that has never been used. */
const ready = ({ app, spec }: Ejected) =>
  (onPort(spec) ? `[ -e "slots/$other/port" ] || echo "PORT=$([ "$other" = a ] && echo 29998 || echo 29999)" > "slots/$other/port"\n` : '') +
  (spec.type === 'static' ? `ln -sfn "${home(app)}/slots/$other" "/run/forgeboard/${app}/$other/slot"\n` : '');

/** Of a shell script: waits until the app in a slot answers, at most half a minute. */
const answers = ({ app, spec }: Ejected, slot: string) => `python3 - "/run/forgeboard/${app}/${slot}/app.sock" <<'END'
import socket, sys, time
for attempt in range(150):
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(30)
            one.connect(sys.argv[1])
            one.sendall(b"GET ${spec.health.path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n")
            status = one.recv(100).split()[1].decode()
            sys.exit(0 if status < "500" else "it answers with " + status)
    except (OSError, IndexError):
        time.sleep(0.2)
sys.exit("it does not answer")
END`;

/** Of a shell script: starts what `other` points at, and switches to it once it answers. */
const startAndSwitch = (facts: Ejected) => {
  const { app, spec } = facts;
  const start = hasWeb(spec) ? [`systemctl start ${quoted(main(facts, '$other'))}`, answers(facts, '$other')] : [];
  const before = spec.type === 'worker' ? [`systemctl stop ${all(app, '$slot')}`, `systemctl start ${quoted(beside(facts, '$other'))}`] : [];
  const after = hasWeb(spec) && companions(spec).length > 0 ? [`systemctl stop ${quoted(beside(facts, '$slot'))}`, `systemctl start ${quoted(beside(facts, '$other'))}`] : [];
  return [
    ...start,
    ...before,
    `ln -sfn "/run/forgeboard/${app}/$other" live.new`,
    `mv -T live.new live                                # from here on ${spec.type === 'worker' ? 'the other slot counts' : 'nginx asks the other slot'}`,
    ...after,
    ...(hasWeb(spec) ? ['sleep 1', `systemctl stop ${all(app, '$slot')}        # requests under way get their time to end`] : []),
  ].join('\n');
};

/** A request as nginx gets it. */
const asked = ({ domains, port, health }: Ejected['spec']) =>
  domains[0] === undefined ? `curl -i http://127.0.0.1:${port}${health.path}` : `curl -i -H 'Host: ${domains[0]}' http://127.0.0.1${health.path}`;

export const look = ({ app, spec }: Ejected) =>
  `${section(
    'Status and logs',
    'The live slot is the one that the link `live` names; the other one is stopped.',
    `readlink ${home(app)}/live
systemctl status 'forgeboard-${app}.*'${spec.type === 'worker' ? '' : `\n${asked(spec)}`}`,
  )}\n\nWhat the app prints goes to the journal:\n\n${fenced(`journalctl -t ${app} -n 100 -f                     # the app\njournalctl -u 'forgeboard-${app}.*' -n 100         # and what systemd says of it\ntail -n 100 ${spec.type === 'worker' || spec.keptSite !== null ? '/var/log/nginx/error.log' : `${logFile(app, 'error')} ${logFile(app, 'access')}`}`, 'sh')}`;

export const byHand = ({ app }: Ejected) =>
  section(
    'Stop and start by hand',
    'Stopped, its address answers 502. The boot unit starts the live slot at boot; without it the app stays stopped.',
    `systemctl disable --now forgeboard-${app}.boot.service
systemctl stop 'forgeboard-${app}.*@*'

systemctl enable --now forgeboard-${app}.boot.service  # starts the live slot, now and at each boot`,
  );

export const restart = (facts: Ejected) =>
  section(
    'Restart by hand',
    'Requests get 502 while it starts. To restart without a failed request, start the same release in the other slot: see "Switch back by hand".',
    `(
set -e
${whichSlots(facts.app)}
${[...(hasWeb(facts.spec) ? [`systemctl restart ${quoted(main(facts, '$slot').filter((unit) => unit.endsWith('.service')))}`, answers(facts, '$slot')] : []), ...(companions(facts.spec).length > 0 ? [`systemctl restart ${quoted(beside(facts, '$slot'))}`] : [])].join('\n')}
)`,
  );

export function switchBack(facts: Ejected): string {
  const { app, previous, release } = facts;
  const target = facts.releases.find((one) => one.release === (previous ?? release));
  const words =
    previous === null
      ? `No release was live before ${release}; this starts ${release} anew in the other slot. The releases that are there stand below, with their packages.`
      : `Release ${previous} was live before. It starts in the other slot, and nginx is switched to it once it answers; no request fails. Others stand below, with their packages.`;
  return section(
    'Switch back by hand',
    words,
    `(
set -e
release=${target?.release ?? release}
venv=${target?.venv ?? ''}
${whichSlots(app)}
systemctl stop ${all(app, '$other')}
ln -sfn "${home(app)}/releases/$release" "slots/$other/release"
ln -sfn "${home(app)}/venvs/$venv" "slots/$other/venv"
${variablesLink(facts)}${ready(facts)}${startAndSwitch(facts)}
)`,
  );
}

const variablesLink = ({ variables }: Ejected) => (variables === null ? '' : `ln -sfn ${variables.file} "slots/$other/vars"\n`);

/** The group that may read releases. */
const reader = ({ app, spec }: Ejected) => (spec.type === 'static' ? 'www-data' : `fb-${app}`);

/** Of a shell script: links to what is kept, and the commands of build and before, each as the app's user in the new folder. */
function hooks(facts: Ejected): string {
  const { app, spec, variables } = facts;
  const inside = `${home(app)}/by-hand/$number${spec.root === '.' ? '' : `/${spec.root}`}`;
  const kept = spec.persist.map((path) => `rm -rf "${inside}/${path}" && ln -s "${home(app)}/data/${path}" "${inside}/${path}"\n`);
  const one = (words: readonly string[], building: boolean) =>
    `systemd-run --quiet --wait --pipe --uid=fb-${app} --working-directory="${inside}" ${building || variables === null ? '' : `-p EnvironmentFile=${variables.file} `}/usr/bin/env DATA_DIR=${home(app)}/data PATH="${home(app)}/by-hand/$number.venv/bin:/usr/bin:/bin" ${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}\n`;
  const build =
    spec.build.length === 0
      ? []
      : [
          `chown -R fb-${app} "by-hand/$number"\n`,
          ...spec.build.map((words) => one(words, true)),
          `chown -R root:${reader(facts)} "by-hand/$number"\nchmod -R u=rwX,g=rX,o= "by-hand/$number"\n`,
        ];
  return [...build, ...kept, ...spec.before.map((words) => one(words, false))].join('');
}

export function deploy(facts: Ejected): string {
  const { app, spec } = facts;
  const python = facts.releases[0]?.python ?? 'python3';
  const prefix = spec.root === '.' ? '' : `${spec.root}/`;
  // What ForgeBoard makes of a lock file is in its own releases alone.
  const made = (file: string) => file.endsWith(madeRequirements) && facts.releases[0] !== undefined;
  const requirements = spec.dependencies.files.map((file) => `-r '${made(file) ? `${home(app)}/releases/${facts.releases[0]?.release}/${madeRequirements}` : prefix + file}'`);
  const packages = [...spec.packages, ...spec.server].map((name) => `'${name}'`);
  // pip compares hashes of all or of none: what has none is installed after.
  const install = [requirements, packages]
    .filter((words) => words.length > 0)
    .map((words) => `(cd "by-hand/$number" && "${home(app)}/by-hand/$number.venv/bin/pip" install ${words.join(' ')})\n`)
    .join('');
  return section(
    'Deploy by hand',
    `Set \`source\` to the folder with the app's files. A release made by hand lies in \`${home(app)}/by-hand\`, its packages beside it; ForgeBoard leaves both alone.`,
    `(
set -e
source=/root/${app}
number=$(date +%Y%m%d%H%M%S)
umask 022
${whichSlots(app)}
mkdir -p by-hand
chown root:${reader(facts)} by-hand
chmod 750 by-hand
cp -rT "$source" "by-hand/$number"
find "by-hand/$number" -name __pycache__ -prune -exec rm -rf {} +  # that of a release is never looked at again
chown -R root:${reader(facts)} "by-hand/$number"
chmod -R u=rwX,g=rX,o= "by-hand/$number"
${python} -m venv "by-hand/$number.venv"
${install}${hooks(facts)}systemctl stop ${all(app, '$other')}
ln -sfn "${home(app)}/by-hand/$number" "slots/$other/release"
ln -sfn "${home(app)}/by-hand/$number.venv" "slots/$other/venv"
${variablesLink(facts)}${ready(facts)}${startAndSwitch(facts)}
)`,
  );
}

export function removal({ app, files, folders, spec }: Ejected): string {
  const site = `/etc/nginx/conf.d/forgeboard-${app}.conf`;
  const others = files.filter(({ path }) => path !== site).map(({ path }) => path);
  return section(
    'Remove by hand',
    `Takes the app off the server, with its data. Its entry in \`/etc/forgeboard/apps.yml\` is taken out with an editor. To keep the data: \`tar czf /root/${app}.tar.gz -C ${home(app)} data\`.${spec.keptSite === null ? '' : ` Its site, \`${spec.keptSite.file}\`, is yours: lead it elsewhere first. What it was before it was taken over lies in \`/var/lib/forgeboard/adopted/${app}\`.`}`,
    `rm -f ${site}
nginx -t && systemctl reload nginx
systemctl disable --now forgeboard-${app}.boot.service
systemctl stop 'forgeboard-${app}.*@*'
rm -f ${others.join(' \\\n  ')}
systemctl daemon-reload
rm -rf ${folders
      .map(({ path }) => path)
      .filter((path) => path === home(app) || !path.startsWith(`${home(app)}/`))
      .join(' \\\n  ')}
rm -f /var/lib/forgeboard/apps/${app}.json /var/lib/forgeboard/locks/${app} /var/lib/forgeboard/locks/${app}.drain
userdel fb-${app}`,
  );
}
