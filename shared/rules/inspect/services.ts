import type { Facts } from './facts.ts';
import { nameOf } from './project.ts';
import { recordOf } from './record.ts';
import type { Sheet } from './sheet.ts';

/** Packages that only make sense with a service, by the module that is imported or the name that is installed. */
const drivers: [RegExp, string][] = [
  [/^(psycopg2?|psycopg2-binary|asyncpg|pg8000|aiopg|psycopg2cffi|django\.contrib\.postgres)$/, 'postgres'],
  [/^(MySQLdb|mysqlclient|pymysql|aiomysql|asyncmy|mysql(\.connector)?|mysql-connector-python|flask_mysqldb|flask-mysqldb|mariadb)$/i, 'mysql'],
  [/^(redis|aioredis|django_redis|django-redis|flask_redis|flask-redis|channels_redis|channels-redis|hiredis|redis-om|arq|rq|django_rq|django-rq)$/i, 'redis'],
  [/^(celery|django_celery_beat|django-celery-beat|django_celery_results)$/i, 'celery'],
  [/^(sqlite3|aiosqlite|pysqlite3|apsw|libsql)$/, 'sqlite'],
  [/^(pymongo|motor|mongoengine|beanie|odmantic|djongo|flask_pymongo|flask-pymongo|umongo|mongokit)$/i, 'mongodb'],
  [/^(pika|aio_pika|aio-pika|aioamqp|amqpstorm)$/, 'rabbitmq'],
  [/^(elasticsearch|elasticsearch_dsl|elasticsearch-dsl|opensearchpy|opensearch-py)$/, 'elasticsearch'],
  [/^(kafka|aiokafka|confluent_kafka|kafka-python|confluent-kafka|faust)$/, 'kafka'],
  [/^(memcache|pymemcache|pylibmc|bmemcached|python-memcached|aiomcache)$/, 'memcached'],
  [/^(neo4j|py2neo|neomodel)$/, 'neo4j'],
  [/^(qdrant_client|qdrant-client)$/, 'qdrant'],
  [/^(pyodbc|pymssql|aioodbc)$/, 'mssql'],
  [/^(oracledb|cx_Oracle)$/, 'oracle'],
  [/^(clickhouse_driver|clickhouse_connect|clickhouse-driver|clickhouse-connect)$/, 'clickhouse'],
  [/^(influxdb|influxdb_client|influxdb-client)$/, 'influxdb'],
  [/^(cassandra|cassandra-driver)$/, 'cassandra'],
  [/^(meilisearch|meilisearch-python-sdk)$/, 'meilisearch'],
  [/^(paho|paho-mqtt|aiomqtt|asyncio_mqtt|flask_mqtt|fastapi_mqtt)$/, 'mqtt'],
];

/** Addresses and settings in the code that name one. */
const addresses: [RegExp, string][] = [
  [/["'`]?\b(sqlite(\+\w+)?:\/\/|django\.db\.backends\.sqlite3|spatialite)/, 'sqlite'],
  [/\b(postgres(ql)?(\+\w+)?:\/\/|django\.db\.backends\.postgresql|django\.contrib\.gis\.db\.backends\.postgis)/, 'postgres'],
  [/\b(mysql(\+\w+)?:\/\/|mariadb(\+\w+)?:\/\/|django\.db\.backends\.mysql)/, 'mysql'],
  [/\bredis(s)?:\/\/|channels_redis|django_redis|backends\.redis\.RedisCache/, 'redis'],
  [/\bmongodb(\+srv)?:\/\//, 'mongodb'],
  [/\bamqps?:\/\//, 'rabbitmq'],
];

const images: [RegExp, string][] = [
  [/(^|\/)(postgres|postgis|pgvector|timescaledb)\b/, 'postgres'],
  [/(^|\/)(mysql|mariadb|percona)\b/, 'mysql'],
  [/(^|\/)(redis|valkey)\b/, 'redis'],
  [/(^|\/)mongo\b/, 'mongodb'],
  [/(^|\/)rabbitmq\b/, 'rabbitmq'],
  [/(^|\/)(elasticsearch|opensearch)\b/, 'elasticsearch'],
  [/(^|\/)memcached\b/, 'memcached'],
];

/** What a compose file starts beside the app. */
const composeImages = (facts: Facts): string[] =>
  [...facts.documents]
    .filter(([path]) => /^(docker-)?compose[\w.-]*\.ya?ml$/.test(nameOf(path)) && path.split('/').length <= 2)
    .flatMap(([, document]) =>
      Object.values(recordOf(recordOf(document).services)).flatMap((service) => (typeof recordOf(service).image === 'string' ? [String(recordOf(service).image)] : [])),
    );

/** Which services an app talks to: by what its modules import and the addresses in them, and by what is installed for it. */
export function servicesOf(facts: Facts, modules: readonly Sheet[], packages: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  const take = (name: string): void => {
    for (const [pattern, service] of drivers) if (pattern.test(name)) found.add(service);
  };
  for (const { imports, text } of modules) {
    for (const { module } of imports) {
      const [first = ''] = module.split('.');
      if (!module.startsWith('.')) take(first);
      if (module.startsWith('mysql.connector')) found.add('mysql');
    }
    const code = text.length > 200_000 ? text.slice(0, 200_000) : text;
    for (const [pattern, service] of addresses) if (pattern.test(code)) found.add(service);
  }
  for (const name of packages) take(name);
  for (const image of composeImages(facts)) for (const [pattern, service] of images) if (pattern.test(image)) found.add(service);
  const order = [...addresses, ...drivers].map(([, service]) => service);
  return [...found].sort((one, other) => order.indexOf(one) - order.indexOf(other));
}
