import { execWords, commandWords, mentions } from './command.ts';
import { onCalendar } from './schedule.ts';
import type { AppSpec, HostFile } from './spec.ts';

/** systemd expands % in most settings; everything that is not ours goes through here (systemd.unit(5), specifiers). */
const literal = (text: string) => text.replaceAll('%', '%%');

/** What no unit of ours needs: more rights, other files and devices. */
const ownFiles = `NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes`;

/** Nor the kernel, other processes, or namespaces. */
const noKernel = `ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes`;

/**
 * The sandbox of an app: `systemd-analyze security` gives 1.5. gunicorn calls setuid() on itself even as its own user,
 * so @setuid is allowed again after @privileged was taken away.
 */
const sandbox = `${ownFiles}
${noKernel}
RemoveIPC=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=@setuid
SystemCallErrorNumber=EPERM
UMask=0027`;

const home = (spec: AppSpec) => `/srv/forgeboard/${spec.app}`;
const runtime = (spec: AppSpec) => `/run/forgeboard/${spec.app}`;
const written = '# Written by ForgeBoard from /etc/forgeboard/apps.yml; changes belong there.';

/** Whether nginx passes requests on to a process of the app, and not only to its files or to nothing. */
export const hasWeb = (spec: Pick<AppSpec, 'type'>): boolean => ['wsgi', 'asgi', 'command'].includes(spec.type);

/**
 * Whether the web process listens on a TCP port of its own ($PORT) and not on the slot's Unix socket. Then
 * systemd-socket-proxyd(8) stands in front of it, so that the switch stays one link whatever the app is.
 */
export const onPort = (spec: Pick<AppSpec, 'type' | 'command'>): boolean => spec.type === 'command' && !mentions(commandWords(spec.command), 'SOCKET');

/** All that is text on the host for an app: units, folders of sockets, boot, site apart (site.ts). */
export function units(spec: AppSpec): HostFile[] {
  return [
    ...(hasWeb(spec) ? [webUnit(spec)] : []),
    ...(onPort(spec) ? proxyUnits(spec) : []),
    ...spec.processes.map(({ name, command }) => serviceUnit(spec, name, commandWords(command))),
    ...spec.schedules.flatMap((schedule) => scheduleUnits(spec, schedule)),
    bootUnit(spec),
    socketFolders(spec),
  ];
}

/**
 * The units that run in a slot beside the web process, by the name of their instance: they follow the switch. What a timer
 * starts is not among them.
 */
export const companions = (spec: AppSpec): string[] => [
  ...spec.processes.map(({ name }) => `forgeboard-${spec.app}.${name}@.service`),
  ...spec.schedules.map(({ name }) => `forgeboard-${spec.app}.${name}@.timer`),
];

/** What every process of an app has: its user, its place, its environment, its limits, its sandbox. */
function confined(spec: AppSpec): string {
  const root = spec.root === '.' ? '' : `/${literal(spec.root)}`;
  const { memory, cpu, tasks } = spec.limits;
  const limits = [...(memory === null ? [] : [`MemoryMax=${memory}`]), ...(cpu === null ? [] : [`CPUQuota=${cpu}%`]), `TasksMax=${tasks ?? 512}`, 'LimitNOFILE=65536'];
  return `User=fb-${spec.app}
Group=fb-${spec.app}
WorkingDirectory=${home(spec)}/slots/%i/release${root}
Environment=PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=${home(spec)}/data DATA_DIR=${home(spec)}/data SOCKET=${runtime(spec)}/%i/app.sock PATH=${home(spec)}/slots/%i/venv/bin:/usr/local/bin:/usr/bin:/bin
EnvironmentFile=-${home(spec)}/slots/%i/port
EnvironmentFile=-${home(spec)}/slots/%i/vars
${limits.join('\n')}
SyslogIdentifier=${spec.app}
ReadWritePaths=${home(spec)}/data ${runtime(spec)}/%i
${sandbox}`;
}

/**
 * What turns the next start of a slot into a warm one: a script before `-m`, said by a file in /run that is there while the
 * slot is to wait. Set to nothing before, since systemd logs a word of a command that is set nowhere.
 */
const warmable = (spec: AppSpec) => (spec.type === 'wsgi' || spec.type === 'asgi' ? `Environment=FORGEBOARD_START=\nEnvironmentFile=-${runtime(spec)}/%i.warm/env\n` : '');

/** How the web process is started. @throws where the type has none */
function webCommand(spec: AppSpec): string {
  const python = `${home(spec)}/slots/%i/venv/bin/python`;
  const socket = `${runtime(spec)}/%i/app.sock`;
  if (spec.type === 'wsgi') return `${python} $FORGEBOARD_START -m gunicorn --bind unix:${socket} --workers ${spec.workers} --worker-tmp-dir /dev/shm ${literal(spec.entrypoint)}`;
  // nginx is the only one who can reach the socket, so what it says of the client is believed.
  const factory = spec.entrypoint.endsWith('()') ? ' --factory' : '';
  const target = literal(spec.entrypoint.replace('()', ''));
  if (spec.type === 'asgi')
    return `${python} $FORGEBOARD_START -m uvicorn --uds ${socket} --workers ${spec.workers} --proxy-headers --forwarded-allow-ips * --no-access-log${factory} ${target}`;
  return `/usr/bin/env ${execWords(commandWords(spec.command))}`;
}

/**
 * The template unit of an app's web process, instances a and b. It names only slots/%i/..., whose links change while
 * that slot is stopped, so neither code nor packages nor variables of a release ever need a daemon-reload.
 */
export function webUnit(spec: AppSpec): HostFile {
  return unit(
    spec,
    'web@.service',
    `web, slot %i`,
    `[Service]
Type=exec
ExecStart=${webCommand(spec)}
Restart=on-failure
RestartSec=1
KillMode=mixed
TimeoutStopSec=${spec.drainSeconds + 5}
${confined(spec)}
${warmable(spec)}`,
  );
}

/** A process beside the web process. */
function serviceUnit(spec: AppSpec, name: string, words: readonly string[]): HostFile {
  return unit(
    spec,
    `${name}@.service`,
    `${name}, slot %i`,
    `[Service]
Type=exec
ExecStart=/usr/bin/env ${execWords(words)}
Restart=always
RestartSec=1
KillMode=mixed
TimeoutStopSec=30
${confined(spec)}
`,
  );
}

/** A command that runs at times, and the timer that starts it; the timer of the live slot alone runs. */
function scheduleUnits(spec: AppSpec, { name, command, at }: AppSpec['schedules'][number]): HostFile[] {
  const times = onCalendar(at).map((line) => `OnCalendar=${line}\n`);
  return [
    unit(
      spec,
      `${name}@.service`,
      `${name}, slot %i`,
      `[Service]
Type=oneshot
ExecStart=/usr/bin/env ${execWords(commandWords(command))}
TimeoutStartSec=1d
${confined(spec)}
`,
    ),
    unit(
      spec,
      `${name}@.timer`,
      `times of ${name}, slot %i`,
      `[Timer]
${times.join('')}AccuracySec=1s
Persistent=no
`,
    ),
  ];
}

/** What accepts for a web process on $PORT. The port stands in a file of the slot, chosen when the slot is started. */
function proxyUnits(spec: AppSpec): HostFile[] {
  return [
    unit(
      spec,
      'proxy@.socket',
      `socket, slot %i`,
      `[Socket]
ListenStream=${runtime(spec)}/%i/app.sock
SocketUser=fb-${spec.app}
SocketGroup=www-data
SocketMode=0660
Backlog=2048
`,
    ),
    unit(
      spec,
      'proxy@.service',
      `socket to port, slot %i`,
      `[Service]
Type=exec
User=fb-${spec.app}
Group=fb-${spec.app}
EnvironmentFile=${home(spec)}/slots/%i/port
ExecStart=/lib/systemd/systemd-socket-proxyd --connections-max=4096 127.0.0.1:\${PORT}
LimitNOFILE=65536
PrivateUsers=yes
${sandbox.replace('RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6', 'RestrictAddressFamilies=AF_UNIX AF_INET')}
`,
      `Requires=forgeboard-${spec.app}.proxy@%i.socket\nAfter=forgeboard-${spec.app}.proxy@%i.socket\n`,
    ),
  ];
}

function unit(spec: AppSpec, name: string, what: string, rest: string, relations = ''): HostFile {
  return {
    path: `/etc/systemd/system/forgeboard-${spec.app}.${name}`,
    mode: 0o644,
    content: `${written}
[Unit]
Description=ForgeBoard app ${spec.app}, ${what}
After=network.target
${relations}# A deploy may start a unit often; systemd would refuse the sixth start within 10 s.
StartLimitIntervalSec=0

${rest}`,
  };
}

/**
 * What the boot unit may do: read a link and tell systemd which units to start, as root, over a Unix socket. Nothing else is
 * left open: `systemd-analyze security` gives 0.5.
 */
const bootSandbox = `${ownFiles}
PrivateNetwork=yes
PrivateUsers=yes
${noKernel}
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_UNIX
IPAddressDeny=any
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077`;

/**
 * Starts at boot the slot that `live` names. Plain sh, readlink and systemctl: it works with the kit deleted.
 * Slot units themselves stay disabled, so that exactly one of them comes up.
 */
export function bootUnit(spec: AppSpec): HostFile {
  const own = [...(onPort(spec) ? [`proxy@.socket`] : []), ...(hasWeb(spec) ? ['web@.service'] : [])].map((name) => `forgeboard-${spec.app}.${name}`);
  const instances = [...own, ...companions(spec)].map((name) => `"${name.split('@.').join('@$${live##*/}.')}"`);
  const start = instances.length === 0 ? '/bin/true' : `/bin/sh -c 'live=$$(readlink ${home(spec)}/live) && exec systemctl --no-block start ${instances.join(' ')}'`;
  return {
    path: `/etc/systemd/system/forgeboard-${spec.app}.boot.service`,
    mode: 0o644,
    content: `# Written by ForgeBoard: starts the slot that was live before the reboot.
[Unit]
Description=ForgeBoard app ${spec.app}, start of the live slot at boot
After=network.target systemd-tmpfiles-setup.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${start}
${bootSandbox}

[Install]
WantedBy=multi-user.target
`,
  };
}

/**
 * The folders of both slots' sockets, made again at each boot; only the app and nginx can enter them. Those of a static
 * site hold a link to what nginx serves, and belong to root, so that nothing of the app could point it elsewhere.
 */
export function socketFolders(spec: AppSpec): HostFile {
  const run = runtime(spec);
  const owner = spec.type === 'static' ? 'root' : `fb-${spec.app}`;
  const slot = (name: string) => `d ${run}/${name} 0710 ${owner} www-data -\n${spec.type === 'static' ? `L+ ${run}/${name}/slot - - - - ${home(spec)}/slots/${name}\n` : ''}`;
  return {
    path: `/etc/tmpfiles.d/forgeboard-${spec.app}.conf`,
    mode: 0o644,
    content: `# Written by ForgeBoard.
d /run/forgeboard 0711 root root -
d ${run} 0711 root root -
${slot('a')}${slot('b')}`,
  };
}
