import type { Explained, Said } from './said.ts';

const kinds: { name: string; port: string; error: RegExp; package: string; variable: string }[] = [
  { name: 'PostgreSQL', port: '5432', error: /psycopg|asyncpg|postgres/i, package: 'postgresql', variable: 'DATABASE_URL' },
  { name: 'MySQL', port: '3306', error: /mysql|mariadb/i, package: 'mariadb-server', variable: 'DATABASE_URL' },
  { name: 'Redis', port: '6379', error: /redis/i, package: 'redis-server', variable: 'REDIS_URL' },
  { name: 'MongoDB', port: '27017', error: /mongo/i, package: '', variable: 'MONGO_URL' },
  { name: 'RabbitMQ', port: '5672', error: /amqp|kombu|pika/i, package: 'rabbitmq-server', variable: 'BROKER_URL' },
  { name: 'Elasticsearch', port: '9200', error: /elastic|opensearch/i, package: '', variable: 'ELASTICSEARCH_URL' },
];

const refused = /Connection refused|Can't connect to (?:MySQL|MariaDB) server|ServerSelectionTimeoutError|Connect call failed|Is the server running/;
const unknownName =
  /could not translate host name ["']([^"']+)["']|Name or service not known|Temporary failure in name resolution|nodename nor servname|\[Errno -[23]\]|getaddrinfo failed|Unknown (?:MySQL )?server host ['"]([^'"]+)['"]/;

/** A database, cache or broker that does not answer where the app looks for it. */
export function database({ text }: Said): Explained | null {
  const name = unknownName.exec(text);
  if (name === null && !refused.test(text)) return password(text);
  const kind = kinds.find(({ port }) => new RegExp(`(port |:|', )${port}\\b`).test(text)) ?? kinds.find(({ error }) => error.test(text));
  if (kind === undefined) return null;
  const host = name?.[1] ?? name?.[2] ?? /(?:server at|connecting to|server on) ["']?([\w.-]+)["']?/.exec(text)?.[1] ?? null;
  const isHere = name === null && (host === null || /^(localhost|127\.0\.0\.1|::1)$/.test(host));
  const what =
    name !== null ? `The app looks for ${kind.name} at ${host ?? 'a name'}, which the server does not know` : `${kind.name} does not answer${host === null ? '' : ` at ${host}`}`;
  const address = `Give its address in a variable, as the code reads it, such as ${kind.variable}`;
  const hint = isHere && kind.package !== '' ? `Install it on the server: apt install ${kind.package}. Or give the address of another in a variable.` : `${address}.`;
  return { what, hint, fix: { label: `Set ${kind.variable}`, variable: { name: kind.variable, secret: true }, settings: null } };
}

function password(text: string): Explained | null {
  const found =
    /password authentication failed for user ["']?([\w-]+)|Access denied for user ['"]([\w-]+)|(?:WRONGPASS|NOAUTH|Authentication required)|database ["']([\w-]+)["'] does not exist|role ["']([\w-]+)["'] does not exist/.exec(
      text,
    );
  if (found === null) return null;
  const [whole, user = found[2], base, role] = found;
  const what =
    base !== undefined || /database/.test(whole)
      ? `There is no database ${found[3] ?? base}`
      : role !== undefined || /^role/.test(whole)
        ? `The database has no user ${found[4] ?? role}`
        : `The database refuses ${user === undefined ? 'the password' : `the password of ${user}`}`;
  return { what, hint: 'Make it there, or put its address right in the variable that the code reads.', fix: null };
}
