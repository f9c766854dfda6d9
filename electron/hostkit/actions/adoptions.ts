import { z } from 'zod';
import { changes, count, text } from './values.ts';

/** How far an app that ran before is ours. */
export const phase = z.enum(['taken', 'moving', 'moved', 'returning']);

/* Apps that run without ForgeBoard; shared/rules/adoptions/facts.ts says what each field means. */
const texts = z.array(text).max(1000);
const runningUnit = z.object({
  unit: text,
  path: text,
  dropins: texts,
  state: text,
  enabled: text,
  type: text,
  pid: count,
  since: z.number().nullable(),
  server: text,
  words: texts,
  starts: count,
  folder: text,
  user: text,
  listens: texts,
  memoryMax: count.nullable(),
  before: count,
  related: texts,
  confined: texts,
});
const nginxPlace = z.object({ target: text, file: text, line: count, start: count, end: count });
const nginxFacts = z.object({
  problem: text.nullable(),
  servers: z.array(
    z.object({ file: text, line: count, names: texts, listens: texts, certificate: text.nullable(), passes: z.array(nginxPlace.extend({ kind: text, path: text })) }),
  ),
  upstreams: z.array(z.object({ name: text, keepalive: z.boolean(), servers: z.array(nginxPlace) })),
  digests: z.record(text, text),
});
const inspectedUnit = z.object({
  unit: runningUnit,
  links: texts,
  folder: z.object({
    path: text,
    files: count,
    bytes: count,
    leftOut: z.array(z.object({ path: text, why: text })),
    written: texts,
    requirements: texts,
    dotenv: z.boolean(),
    module: z.boolean(),
  }),
  packages: z.object({ path: text, python: text, system: z.boolean(), count, local: texts }).nullable(),
  variables: z.object({ names: texts, refused: texts, pointing: texts, elsewhere: z.boolean() }),
  groups: texts,
  pythons: texts,
  state: text,
});

/** What the kit answers of apps that run already. */
export const adoptionActions = {
  'adoptions.scan': z.object({
    units: z.array(runningUnit),
    others: z.array(z.object({ kind: text, what: text, where: text, pid: count, user: text, listens: texts })),
    nginx: nginxFacts,
    adopted: z.array(z.object({ app: text, unit: text, phase })),
  }),
  'adoptions.inspect': inspectedUnit,
  'adoptions.take': z.object({ pid: count }),
  'adoptions.move': z.object({ deployment: count }),
  'adoptions.describe': z.object({
    app: text,
    unit: text,
    phase,
    at: z.number(),
    actor: text,
    url: text.nullable(),
    files: z.array(z.object({ path: text, kind: text, state: text })),
  }),
  'adoptions.giveback': changes.extend({ archive: text.nullable(), pid: count }),
} as const;
