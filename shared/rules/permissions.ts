/** Roles from least to most: a viewer reads, a dev deploys and configures apps, an admin changes hosts and people. */
export const roles = ['viewer', 'dev', 'admin'] as const;
export type Role = (typeof roles)[number];

/** What an operation asks of its actor. */
export type Permission = 'read' | 'deploy' | 'administer';

const least: Record<Permission, Role> = { read: 'viewer', deploy: 'dev', administer: 'admin' };

/** Whether a role covers a permission. The same table answers on the client, in the window and later on the host. */
export function allows(role: Role, permission: Permission): boolean {
  return roles.indexOf(role) >= roles.indexOf(least[permission]);
}
