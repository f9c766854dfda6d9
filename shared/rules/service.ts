import type { Service } from '../contract/forwards.ts';

/** What the kit says of a variable that names a server: its URL without the password. */
export interface Address {
  name: string;
  kind: 'postgres' | 'mysql' | 'redis' | 'mongodb' | 'amqp';
  host: string;
  port: number;
  user: string;
  database: string;
}

const kinds = {
  postgres: { kind: 'PostgreSQL', scheme: 'postgresql' },
  mysql: { kind: 'MySQL', scheme: 'mysql' },
  redis: { kind: 'Redis', scheme: 'redis' },
  mongodb: { kind: 'MongoDB', scheme: 'mongodb' },
  amqp: { kind: 'RabbitMQ', scheme: 'amqp' },
} as const;

/** The same as people name it, with what stands around its address in the URL of a client on this computer. */
export function serviceOf({ name, kind, host, port, user, database }: Address): Service {
  const { kind: words, scheme } = kinds[kind];
  return {
    variable: name,
    kind: words,
    host,
    port,
    before: `${scheme}://${user === '' ? '' : `${encodeURIComponent(user)}@`}`,
    after: database === '' ? '' : `/${encodeURIComponent(database)}`,
  };
}
