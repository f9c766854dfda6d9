import { z } from 'zod';
import { appSettings } from '../rules/app-settings.ts';
import { plan } from './apps/configuration.ts';
import { appName, onHost } from './apps/place.ts';
import { hostName } from './hosts.ts';
import { command, folderHandle, query } from './operation.ts';

/** How an app runs; none: it is no app, and `reason` says why. */
export const importTypes = ['flask', 'fastapi', 'django', 'asgi', 'wsgi', 'streamlit', 'gradio', 'script', 'worker', 'static', 'none'] as const;
export type ImportType = (typeof importTypes)[number];

/** Where the packages are named; none: nowhere, so that they follow from the imports. */
export const dependencySources = ['requirements.txt', 'pyproject', 'poetry', 'pipenv', 'uv', 'pdm', 'conda', 'setup.py', 'none'] as const;
export type DependencySource = (typeof dependencySources)[number];

/** What a finding rests on. */
export const evidence = z.object({
  /** Relative to the dropped folder, with /. */
  file: z.string(),
  /** From 1; null where the file itself says it. */
  line: z.number().int().nullable(),
  /** That line, at most 200 characters; never the value of a secret. */
  text: z.string(),
});
export type Evidence = z.infer<typeof evidence>;

export const confidences = ['certain', 'likely', 'guess'] as const;
export type Confidence = (typeof confidences)[number];

const ground = z.object({ confidence: z.enum(confidences), text: z.string(), evidence: z.array(evidence) });
/** Why an answer is what it is, in a sentence. */
export type Ground = z.infer<typeof ground>;

/** Another answer. */
const candidate = z.object({
  type: z.enum(importTypes),
  root: z.string(),
  entrypoint: z.string().nullable(),
  confidence: z.enum(confidences),
  evidence: z.array(evidence),
});

const variable = z.object({
  name: z.string(),
  /** The app does not start, or fails when it gets there, without it. */
  required: z.boolean(),
  /** What the code takes without it, as text; null where it has none, or it is no plain value. */
  default: z.string().nullable(),
  secret: z.boolean(),
  evidence: z.array(evidence),
});
export type NeededVariable = z.infer<typeof variable>;

const importFinding = z.object({
  /** stop: it will not run so. warning: look at it. note: worth knowing. */
  severity: z.enum(['stop', 'warning', 'note']),
  text: z.string(),
  evidence: z.array(evidence),
});
export type ImportFinding = z.infer<typeof importFinding>;

const written = z.object({
  /** Relative to `root`. */
  path: z.string(),
  kind: z.enum(['database', 'uploads', 'said']),
  /** It is in the folder already, and so goes to the server once. */
  isThere: z.boolean(),
  evidence: z.array(evidence),
});
export type WrittenPath = z.infer<typeof written>;

/** What a plan says of how an app runs, as in its forgeboard.yml. */
export const importedSettings = appSettings.pick({
  ...({ type: true, entry_point: true, command: true, root: true, folder: true, processes: true } as const),
  ...({ build: true, before: true, python: true, packages: true, persist: true } as const),
});

/** What a folder is, found without running any of its code. Paths are relative to `root`, unless said otherwise. */
export const inspection = z.object({
  app: z.boolean(),
  /** Why it is no app; null where it is one. */
  reason: z.string().nullable(),
  type: z.enum(importTypes),
  /** The app's folder in the dropped one, "." where it is that itself. */
  root: z.string(),
  /** module:object, module:factory(), the path of a script, or the folder that a static site is served from; null where there is none. */
  entrypoint: z.string().nullable(),
  /** The likelier first. */
  alternatives: z.array(candidate),
  /** The version that the project asks for: 3.12, 3.12.4 or a range like >=3.9; null where it says nothing. */
  python: z.string().nullable(),
  dependencies: z.object({
    source: z.enum(dependencySources),
    /** The file that is installed from, in the dropped folder: a lock file where there is one. */
    file: z.string().nullable(),
  }),
  /** By name, as the project writes them: web, worker, release. */
  processes: z.record(z.string(), z.string()),
  environment: z.array(variable),
  /** By their common names: sqlite, postgres, mysql, redis, celery. */
  services: z.array(z.string()),
  /** Folders with files that are served as they are, and with those that users bring. */
  static: z.array(z.string()),
  media: z.array(z.string()),
  /** What the app writes beside its code and a new release must find again: to be kept in its data folder. */
  persist: z.array(written),
  findings: z.array(importFinding),
  plan: z.object({
    /** Settings that deploy it as it was found, as in its forgeboard.yml; empty where it is no app. */
    settings: importedSettings,
    /** Why, of those that nobody may expect: what is run, installed and kept. */
    reasons: z.array(z.object({ setting: z.string(), text: z.string(), evidence: z.array(evidence) })),
    /** Another answer is as good: a person has to say which. */
    undecided: z.boolean(),
  }),
  /** What the answers above rest on. */
  grounds: z.object({ type: ground, entrypoint: ground.nullable(), python: ground.nullable(), dependencies: ground.nullable() }),
});
export type Inspection = z.infer<typeof inspection>;

export const inspectionProgress = z.discriminatedUnion('type', [
  /** Of an archive: files so far, and how much of it is unpacked, 0 to 1. */
  z.object({ type: z.literal('unpacking'), files: z.number().int(), part: z.number() }),
  /** How many files were met, and of how many Python modules how many are read. */
  z.object({ type: z.literal('reading'), files: z.number().int(), modules: z.number().int(), of: z.number().int() }),
  /** What is known so far: the likeliest files are read first. */
  z.object({ type: z.literal('found'), inspection }),
]);
export type InspectionProgress = z.infer<typeof inspectionProgress>;

const travelling = z.object({
  files: z.number().int(),
  bytes: z.number().int(),
  /** The first of them, by path. */
  listed: z.array(z.object({ path: z.string(), bytes: z.number().int() })),
  /** What stays on this computer: junk and what an ignore file names (folders once, with all in them), secrets, links out. */
  leftOut: z.array(
    z.object({
      path: z.string(),
      why: z.enum(['made anew', 'ignored', 'looks like a secret', 'link out of the folder', 'not a regular file']),
      /** Null where it was not counted. */
      bytes: z.number().int().nullable(),
    }),
  ),
  /** The .env files among them. `file` is good for variables.import; of what is in them only the names are told. */
  dotenv: z.array(z.object({ path: z.string(), file: z.string(), variables: z.array(z.object({ name: z.string(), secret: z.boolean() })) })),
});
export type Travelling = z.infer<typeof travelling>;

export const imports = {
  inspect: command({
    summary: 'Say what a folder is and needs: kind, entry point, packages, variables, services. Nothing of it is run, nothing leaves this computer.',
    permission: 'read',
    input: z.object({
      folder: folderHandle('The folder, or the archive, to look at'),
      host: hostName.meta({ description: 'A server that it may go to: its Python and packages are looked at too' }).optional(),
    }),
    output: inspection,
    event: inspectionProgress,
    cli: { positional: ['folder'], short: 'inspect', document: true },
  }),
  files: query({
    summary: 'Say what of a folder would travel to a server, and what stays on this computer and why.',
    permission: 'read',
    input: z.object({ folder: folderHandle('The folder to look at') }),
    output: travelling,
    cli: { positional: ['folder'] },
  }),
  preview: query({
    summary: 'Show what a deployment of a folder would make of a server: files, units and site to the last byte. Changes nothing.',
    permission: 'read',
    input: z.object({
      folder: folderHandle('The folder, or an archive of it'),
      host: onHost,
      app: appName,
      settings: importedSettings.optional().meta({ kind: 'window' }),
    }),
    output: z.object({
      /** It is not there yet. */
      isNew: z.boolean(),
      /** Where it will be found; null without a site. */
      url: z.string().nullable(),
      /** In sentences: what comes beside the files. */
      makes: z.array(z.string()),
      files: plan.shape.files,
    }),
    cli: { positional: ['folder'] },
  }),
  remember: command({
    summary: 'Write how an app runs into the forgeboard.yml in its folder; what else is in that file stays as it is.',
    permission: 'deploy',
    input: z.object({ folder: folderHandle("The app's folder"), settings: importedSettings.meta({ kind: 'window' }) }),
    output: z.object({ changed: z.boolean() }),
    cli: { hidden: true },
  }),
};
