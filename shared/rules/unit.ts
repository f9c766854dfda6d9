import type { AppSpec, HostFile } from './spec.ts';

/** systemd expands % in most settings; everything that is not ours goes through here (systemd.unit(5), specifiers). */
const literal = (text: string) => text.replaceAll('%', '%%');

/**
 * The sandbox of an app: `systemd-analyze security` gives 1.5. gunicorn calls setuid() on itself even as its own user,
 * so @setuid is allowed again after @privileged was taken away.
 */
const sandbox = `NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
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
LockPersonality=yes
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

/**
 * The template unit of an app's web process, instances a and b. It names only slots/%i/..., whose links change while
 * that slot is stopped, so neither code nor packages nor variables of a release ever need a daemon-reload.
 */
export function webUnit(spec: AppSpec): HostFile {
  const home = `/srv/forgeboard/${spec.app}`;
  const root = spec.root === '.' ? '' : `/${literal(spec.root)}`;
  const run = `/run/forgeboard/${spec.app}/%i`;
  return {
    path: `/etc/systemd/system/forgeboard-${spec.app}.web@.service`,
    mode: 0o644,
    content: `# Written by ForgeBoard from /etc/forgeboard/apps.yml; changes belong there.
[Unit]
Description=ForgeBoard app ${spec.app}, web, slot %i
After=network.target
# A deploy may start a unit often; systemd would refuse the sixth start within 10 s.
StartLimitIntervalSec=0

[Service]
Type=exec
User=fb-${spec.app}
Group=fb-${spec.app}
WorkingDirectory=${home}/slots/%i/release${root}
EnvironmentFile=-${home}/slots/%i/vars
Environment=PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=${home}/data
ExecStart=${home}/slots/%i/venv/bin/python -m gunicorn --bind unix:${run}/app.sock --workers ${spec.workers} --worker-tmp-dir /dev/shm ${literal(spec.entrypoint)}
Restart=on-failure
RestartSec=1
KillMode=mixed
TimeoutStopSec=35
SyslogIdentifier=${spec.app}
ReadWritePaths=${home}/data ${run}
${sandbox}
`,
  };
}

/**
 * Starts at boot the slot that \`live\` names. Plain sh, readlink and systemctl: it works with the kit deleted.
 * Slot units themselves stay disabled, so that exactly one of them comes up.
 */
export function bootUnit(spec: AppSpec): HostFile {
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
ExecStart=/bin/sh -c 'live=$$(readlink /srv/forgeboard/${spec.app}/live) && exec systemctl --no-block start "forgeboard-${spec.app}.web@$\${live##*/}.service"'

[Install]
WantedBy=multi-user.target
`,
  };
}

/** The folders of both slots' sockets, made again at each boot; only the app and nginx can enter them. */
export function socketFolders(spec: AppSpec): HostFile {
  const run = `/run/forgeboard/${spec.app}`;
  return {
    path: `/etc/tmpfiles.d/forgeboard-${spec.app}.conf`,
    mode: 0o644,
    content: `# Written by ForgeBoard.
d /run/forgeboard 0711 root root -
d ${run} 0711 root root -
d ${run}/a 0710 fb-${spec.app} www-data -
d ${run}/b 0710 fb-${spec.app} www-data -
`,
  };
}
