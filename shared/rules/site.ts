import type { AppSpec, HostFile } from './spec.ts';
import { markOf } from './mark.ts';
import { hasWeb } from './units.ts';

/**
 * The nginx site of an app: its domains on port 80, or a port of its own where it has none; IPv4 and IPv6. nginx follows
 * the \`live\` link for every new upstream connection or file, so a switch needs no reload. Never add upstream keepalive:
 * pooled connections would go on reaching the old release (471 of 487 answers did when it was measured). An app without a
 * web process has no site, and neither has one whose own site was kept when it was taken over.
 *
 * One path of it is answered by nginx alone and names just this text: the kit asks for it after a reload, and knows by the
 * answer that this very site is in force for each of its names.
 */
export function site(spec: AppSpec): HostFile | null {
  if (spec.type === 'worker' || spec.keptSite !== null) return null;
  const [port, names] = spec.domains.length > 0 ? [80, spec.domains.join(' ')] : [spec.port, '_'];
  const text = (mark: string) => `# Written by ForgeBoard from /etc/forgeboard/apps.yml; changes belong there.
${hasWeb(spec) ? `map $http_upgrade ${upgrade(spec)} { default upgrade; '' ''; }\n` : ''}${logFormat(spec)}server {
    listen ${port};
    listen [::]:${port};
    server_name ${names};
    access_log ${logFile(spec.app, 'access')} ${ownName(spec)};
    error_log ${logFile(spec.app, 'error')};
    client_max_body_size 50m;

    location = /.well-known/forgeboard-${mark} {
        access_log off;
        return 204;
    }
${hasWeb(spec) ? proxied(spec) : files(spec)}}
`;
  return { path: sitePath(spec.app), mode: 0o644, content: text(markOf(text(''))) };
}

export const sitePath = (app: string) => `/etc/nginx/conf.d/forgeboard-${app}.conf`;

/** What is the app's alone among the names of nginx's. */
const ownName = ({ app }: AppSpec) => `forgeboard_${app.replaceAll('-', '_')}`;

/** Debian's logrotate takes every .log in that folder: daily, for two weeks. */
export const logFile = (app: string, kind: 'access' | 'error') => `/var/log/nginx/forgeboard-${app}.${kind}.log`;

/** nginx's own \`combined\`, which tools know, and behind it the millisecond and how long it took. */
const logFormat = (spec: AppSpec) =>
  `log_format ${ownName(spec)} '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $msec $request_time';\n`;

/** A variable of nginx's for this app alone: WebSockets keep their Connection header, all else goes without one. */
const upgrade = (spec: AppSpec) => `$${ownName(spec)}_connection`;

const proxied = (spec: AppSpec) => `    location / {
        proxy_pass http://unix:/srv/forgeboard/${spec.app}/live/app.sock;
        proxy_http_version 1.1;
        proxy_set_header Connection ${upgrade(spec)};
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Host $http_host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_read_timeout 60s;
        proxy_buffering on;
    }
`;

const files = ({ app, root, folder }: AppSpec) => {
  const inside = [root, folder].filter((part) => part !== '.').map((part) => `/${part}`);
  return `    root "/srv/forgeboard/${app}/live/slot/release${inside.join('')}";
    index index.html index.htm;
    error_page 404 /404.html;
    # Looked at again each time: the files behind the same path are other ones after a switch.
    open_file_cache off;
    etag on;

    location / {
        try_files $uri $uri.html $uri/ =404;
    }
    location ~ /\\.(?!well-known/) {
        return 404;
    }
    location = /404.html {
        internal;
    }
`;
};
