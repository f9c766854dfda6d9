import type { z } from 'zod';
import type { apps, RemovedApp, Warmth } from '../../../shared/contract/apps.ts';
import type { DeploymentProgress, DeploymentResult } from '../../../shared/contract/deployments.ts';
import type { Copied, CopyEvent, files } from '../../../shared/contract/files.ts';
import type { ForwardEvent, Service } from '../../../shared/contract/forwards.ts';
import { endText } from '../../../shared/rules/forward.ts';
import type { Host, hosts, Progress } from '../../../shared/contract/hosts.ts';
import type { keys, KeysOfHost, OwnKey } from '../../../shared/contract/keys.ts';
import type { knownHosts } from '../../../shared/contract/known-hosts.ts';
import type { imports, InspectionProgress } from '../../../shared/contract/imports.ts';
import type { LeftOut, LogEvent } from '../../../shared/contract/logs.ts';
import { sizeText } from '../../../shared/rules/size.ts';
import { visible } from '../../../shared/rules/visible.ts';
import type { variables, VariablesResult } from '../../../shared/contract/variables.ts';
import type { AppliedResult, AppSetting, ShownPlan } from '../../../shared/contract/apps/configuration.ts';
import type { DomainResult, domains } from '../../../shared/contract/domains.ts';
import type { templates } from '../../../shared/contract/templates.ts';
import type { releases } from '../../../shared/contract/releases.ts';
import { planLines } from '../../../shared/rules/plan.ts';
import { foundText, givenBackText, movedText, takenText } from './adopted.ts';
import { inspectedText } from './inspected.ts';
import { readable } from './print.ts';

type Known = z.output<(typeof knownHosts)['list']['output']>;
type Check = z.output<(typeof hosts)['check']['output']>;
type Prepared = z.output<(typeof hosts)['prepare']['output']>;
type Started = z.output<(typeof apps)['start']['output']>;
type Stopped = z.output<(typeof apps)['stop']['output']>;
type Variables = z.output<(typeof variables)['list']['output']>;
type Domains = z.output<(typeof domains)['list']['output']>;
type Versions = z.output<(typeof variables)['history']['output']>;
type Compared = z.output<(typeof releases)['compare']['output']>;
type TemplateList = z.output<(typeof templates)['list']['output']>;
type MadeApp = z.output<(typeof templates)['create']['output']>;
type Previewed = z.output<(typeof imports)['preview']['output']>;
type FileText = z.output<(typeof files)['read']['output']>;
type FileList = z.output<(typeof files)['list']['output']>;
type Removed = z.output<(typeof apps)['remove']['output']>;

const marks = { ok: '✓', note: '·', warning: '!', stop: '✗' } as const;
const seconds = (ms: number) => (ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms / 1000)} s`);

/** What differs between two releases, a line each: + came, - went, ~ changed. */
const comparedText = ({ added, removed, changed, more, settings, variables }: Compared) => {
  const marked = (of: { added: string[]; removed: string[]; changed: string[] }) => [
    ...of.added.map((name) => `  + ${name}`),
    ...of.removed.map((name) => `  - ${name}`),
    ...of.changed.map((name) => `  ~ ${name}`),
  ];
  const parts: [string, string[]][] = [
    ['Files', [...marked({ added, removed, changed }), ...(more > 0 ? [`  and ${more} more`] : [])]],
    ['Settings', settings.map(({ name, before, after }) => `  ~ ${name}: ${before} -> ${after}`)],
    ['Variables', variables === null ? ['  not known: the version that one of them ran with is gone'] : marked(variables)],
  ];
  return parts.map(([title, lines]) => (lines.length === 0 ? `${title}: no difference\n` : `${title}\n${lines.map((line) => `${visible(line)}\n`).join('')}`)).join('');
};

const planned = ({ steps, changes, done }: Prepared) => {
  if (changes === 0) return 'Nothing to change.\n';
  if (done) return `Done. ${changes} changed.\n`;
  return `${steps
    .filter((step) => step.changed)
    .map((step) => `+ ${visible(step.text)}\n`)
    .join('')}${changes} would change.\n`;
};

const listed = (names: string[]) => (names.length === 0 ? '-' : names.map(visible).join(' '));

const changedVariables = ({ app, outcome, version, release, ms, url, ...changes }: VariablesResult) => {
  if (outcome === 'unchanged') return `All was so already: nothing was changed.\n`;
  const told = (['added', 'changed', 'removed'] as const).flatMap((kind) => (changes[kind].length > 0 ? [`${kind.padEnd(8)} ${listed(changes[kind])}\n`] : [])).join('');
  return (
    told +
    (outcome === 'live' ? `Release ${release} runs with version ${version}. ${seconds(ms)}.\n${url}\n` : `Version ${version} is stored: ${app} does not run, and starts with it.\n`)
  );
};

/** One line for a table: the rest of a long value or of one with several lines is only counted. */
const shortValue = (value: string) => {
  const [first = ''] = value.split('\n');
  const cut = visible(first).slice(0, 60);
  return cut.length < value.length ? `${cut} ... (${value.length} characters)` : cut;
};

const appliedText = ({ outcome, release, deployment, changes, ms, url }: AppliedResult) => {
  if (outcome === 'unchanged') return 'All was so already: nothing was changed.\n';
  const where = url === null ? '' : `${url}\n`;
  if (outcome === 'live') return `Changed ${listed(changes)}. Release ${release} runs with it. ${seconds(ms)}.\n${where}`;
  return deployment === null
    ? `apps.yml is changed: ${listed(changes)}. It is set up when it is deployed.\n`
    : `Changed ${listed(changes)}. No process was restarted. ${seconds(ms)}.\n${where}`;
};

const settingText = ({ name, value, from, fallback, inForce, description }: AppSetting) => {
  const said = (text: string) => visible(text).replaceAll('\n', '\n                  ');
  const shown = from === 'default' ? `${said(value ?? fallback ?? '-')} (default)` : `${said(value ?? '-')} (${from})`;
  return `${name.padEnd(16)}  ${shown}${inForce === null ? '' : ` - not applied, in force: ${said(inForce === '' ? (fallback ?? '-') : inForce)}`}\n                  ${description}\n`;
};

/** How results read to a person, by operation. One that is not listed is printed as names and values. */
export const results: Record<string, (value: never) => string> = {
  'hosts.check': ({ ready, findings }: Check) =>
    `${findings
      .map(({ level, subject, text, hint }) => `${marks[level]} ${subject.padEnd(11)} ${visible(text)}\n${hint === null ? '' : `              ${visible(hint)}\n`}`)
      .join('')}${ready ? '' : 'Not ready: see the lines marked ✗.\n'}`,
  'hosts.prepare': planned,
  'hosts.uninstall': planned,
  'hosts.list': ({ hosts }: { hosts: Host[] }) =>
    hosts.length === 0 ? 'No servers yet. Add one: forgeboard hosts add NAME USER@ADDRESS --identity FILE\n' : readable({ hosts: hosts.map(shownHost) }),
  'known-hosts.list': ({ keys, broken, files, more }: Known) =>
    [
      keys.length === 0
        ? 'No host key is known.\n'
        : readable(
            keys.map(({ id, names, hashed, mark, type, fingerprint, hosts: of, file, line }) => ({
              id,
              names: hashed ? '(hashed)' : names.join(','),
              mark: { key: 'trusted', revoked: 'revoked', authority: 'authority' }[mark],
              type,
              fingerprint,
              servers: of.join(', ') || '-',
              where: `${file}:${line}`,
            })),
          ),
      more > 0 ? `And ${more} more.\n` : '',
      ...broken.map(({ file, line, wrong }) => `${visible(file)} line ${line} counts for nothing: ${wrong}\n`),
      ...files.flatMap(({ problem }) => (problem === null ? [] : [`${visible(problem)}\n`])),
    ].join(''),
  'known-hosts.forget': ({ forgotten, kept }: z.output<(typeof knownHosts)['forget']['output']>) =>
    [
      ...forgotten.map(({ file, line, fingerprint }) => `${fingerprint} is forgotten (${visible(file)} line ${line})\n`),
      ...kept.map(({ file, line, reason }) => `${visible(file)} line ${line} stays: ${reason}\n`),
    ].join(''),
  'keys.list': ({ keys: of }: { keys: OwnKey[] }) =>
    of.length === 0
      ? 'No key lies in ~/.ssh. Make one: forgeboard keys generate id_ed25519\n'
      : readable(of.map(({ name, type, fingerprint, comment, encrypted, inAgent }) => ({ name, type, fingerprint: fingerprint ?? '-', comment, encrypted, inAgent }))),
  'keys.generate': ({ path, fingerprint, line }: { path: string; fingerprint: string; line: string }) =>
    `${visible(path)} is made, ${fingerprint}. Its public half:\n${visible(line)}\n`,
  'keys.install': ({ host, key, outcome, file, options }: z.output<(typeof keys)['install']['output']>) =>
    outcome === 'installed'
      ? `${host} lets in ${key}: a line in ${visible(file)}\n`
      : `${host} let in ${key} before${options === '' ? '' : `, restricted: ${visible(options)}`}. Nothing was changed.\n`,
  'keys.remove': ({ host, fingerprint, file }: z.output<(typeof keys)['remove']['output']>) => `${host} lets in ${fingerprint} no more: it is out of ${visible(file)}\n`,
  'keys.where': ({ hosts: of }: { hosts: KeysOfHost[] }) =>
    of
      .map(
        ({ host, problem, keys: known }) =>
          `${host}${problem === null ? '' : `  could not be asked: ${visible(problem)}`}\n${known.map(({ type, fingerprint, comment, own, options }) => `  ${fingerprint}  ${own ?? '-'}  ${type}  ${visible(comment)}${options === '' ? '' : `  (${visible(options)})`}\n`).join('')}`,
      )
      .join(''),
  'hosts.get': (host: Host) => readable(shownHost(host)),
  'apps.list': (value: { apps: unknown[] }) => (value.apps.length === 0 ? 'No apps yet. Deploy one: forgeboard deploy FOLDER --host NAME\n' : readable(value)),
  'hosts.add': ({ name, fingerprint, notes = [] }: { name: string; fingerprint: string; notes?: string[] }) =>
    `${name} is added. Its host key is ${fingerprint}\n${notes.map((note) => `Of ~/.ssh/config: ${visible(note)}\n`).join('')}`,
  'files.list': ({ entries, more }: FileList) =>
    entries.length === 0
      ? 'Nothing lies there.\n'
      : entries
          .map(
            ({ name, kind, size, mode, modified, owner, group, target }) =>
              `${mode}  ${visible(`${owner}:${group}`).padEnd(17)}  ${sizeText(size).padStart(9)}  ${modified.slice(0, 16).replace('T', ' ')}  ${visible(name)}${{ folder: '/', link: target === null ? ' (link)' : ` -> ${visible(target)}`, other: ' (special)', file: '' }[kind]}\n`,
          )
          .concat(more ? [`These are the first ${entries.length.toLocaleString('en-GB')} that the server told; more lie there. find on the server names them.\n`] : [])
          .join(''),
  'files.read': ({ path, size, text, why }: FileText) =>
    text === null ? `${visible(path)} is ${why === 'large' ? `too large to be shown (${sizeText(size)})` : 'no text'}. Copy it: forgeboard files get\n` : visible(text),
  'files.mkdir': ({ made }: { made: string }) => `${visible(made)} is made.\n`,
  'files.move': ({ from, to }: { from: string; to: string }) => `${visible(from)} is ${visible(to)} now.\n`,
  'files.remove': ({ removed, files, folders }: { removed: string; files: number; folders: number }) =>
    `${visible(removed)} is deleted${folders === 0 ? '' : `: ${files.toLocaleString('en-GB')} files in ${folders.toLocaleString('en-GB')} folders`}.\n`,
  'files.get': copiedText,
  'files.put': copiedText,
  'forwards.services': ({ services }: { services: Service[] }) =>
    services.length === 0
      ? 'Its variables name no database, cache or queue by a URL.\n'
      : services
          .map(
            ({ variable, kind, host, port, before, after }) =>
              `${visible(variable)}  ${kind} at ${endText({ host, port })}: forgeboard forward NAME ${port}:${endText({ host, port })}, then ${visible(`${before}127.0.0.1:${port}${after}`)}\n`,
          )
          .join(''),
  'forwards.open': ({ connections }: { connections: number }) => `${connections} connections were carried.\n`,
  'hosts.remove': ({ removed }: { removed: string }) => `${removed} is forgotten here. The server itself was not touched.\n`,
  'imports.inspect': inspectedText,
  'imports.preview': ({ makes, files, url }: Previewed) =>
    [...makes, ...(url === null ? [] : [`It answers at ${url}`]), ...files.flatMap(({ path, kind, diff }) => ['', `${kind} ${path}`, ...diff.trimEnd().split('\n')])]
      .map((line) => `${visible(line)}\n`)
      .join(''),
  'adoptions.scan': foundText,
  'adoptions.take': takenText,
  'adoptions.move': movedText,
  'adoptions.giveback': givenBackText,
  'apps.remove': ({ removed, until }: Removed) => `${removed} is removed.${until ? ` Until ${until.slice(0, 10)} it can be put back: forgeboard apps restore ${removed}` : ''}\n`,
  'apps.eject': ({ text }: { text: string }) => text,
  'apps.removed': ({ removed, freeBytes }: { removed: RemovedApp[]; freeBytes: number }) =>
    removed.length === 0
      ? 'Nothing was removed in the last 30 days.\n'
      : `${readable({ removed })}${sizeText(removed.reduce((sum, { archiveBytes }) => sum + archiveBytes, 0))} in all, ${sizeText(freeBytes)} are free. Each goes after its 30 days; sooner: forgeboard apps purge APP\n`,
  'apps.restore': ({ app, release, ms, url }: Started) => `${app} is back, as release ${release}. ${seconds(ms)}.\n${url}\n`,
  'apps.purge': ({ purged }: { purged: string }) => `${purged} is deleted.\n`,
  'templates.list': ({ templates }: TemplateList) =>
    templates.map(({ name, text, from }) => `${name.padEnd(12)}  ${visible(text)}${from === 'forgeboard' ? '' : ' (yours)'}\n`).join(''),
  'templates.create': ({ name, files }: MadeApp) =>
    `Made ${name}, ${files} ${files === 1 ? 'file' : 'files'}; its README.md says how to run it here.\nLive with: forgeboard deploy FOLDER/${name} --host HOST\n`,
  'deployments.start': ({ outcome, release, ms, uploadedFiles, url }: DeploymentResult) =>
    outcome === 'unchanged'
      ? `Release ${release} is this very folder: nothing was changed.\n${url}\n`
      : `Release ${release} is live. ${seconds(ms)}, ${uploadedFiles} ${uploadedFiles === 1 ? 'file' : 'files'} uploaded.\n${url}\n`,
  'deployments.rollback': ({ release, ms, url }: DeploymentResult) => `Release ${release} is live again. ${seconds(ms)}.\n${url}\n`,
  'apps.restart': ({ app, release, ms, url }: Started) => `${app} is restarted, release ${release}. ${seconds(ms)}.\n${url}\n`,
  'apps.start': ({ app, outcome, release, ms, url }: Started) =>
    outcome === 'unchanged' ? `${app} runs already.\n${url}\n` : `${app} is started, release ${release}. ${seconds(ms)}.\n${url}\n`,
  'releases.compare': comparedText,
  'apps.plan': (plan: ShownPlan) =>
    `${planLines(plan)
      .map((line) => `${visible(line)}\n`)
      .join('')}${plan.changes === 0 ? '' : `\nPlan ${plan.digest}\n`}`,
  'apps.apply': appliedText,
  'apps.settings': ({ settings, problem }: { settings: AppSetting[]; problem: { message: string } | null }) =>
    `${problem === null ? '' : `! ${visible(problem.message)}\n`}${settings.map(settingText).join('')}`,
  'domains.list': ({ domains: listed, ownUrl }: Domains) =>
    listed.length === 0
      ? `No domains: it answers at ${ownUrl}\n`
      : readable(
          listed.map(({ domain, shown, points, addresses, inForce }) => ({
            domain: shown === domain ? domain : `${domain} (${shown})`,
            points,
            addresses: addresses.join(' ') || null,
            ...(!inForce && { state: 'not applied yet' }),
          })),
        ),
  'domains.add': (done: DomainResult) => (done.outcome === 'unchanged' ? `${done.domain} is one of its domains already.\n` : `${appliedText(done)}`),
  'domains.remove': (done: DomainResult) => appliedText(done),
  'apps.stop': ({ stopped, changed }: Stopped) => (changed ? `${stopped} is stopped, also after a reboot.\n` : `${stopped} was stopped already.\n`),
  'variables.list': ({ variables, version, live }: Variables) =>
    variables.length === 0
      ? 'No variables. Set one: forgeboard variables set APP --host NAME NAME=VALUE\n'
      : `${readable(variables.map(({ name, secret, value, version, since }) => ({ name, value: secret ? '(secret)' : shortValue(value ?? ''), version, since })))}Version ${version}${live === version ? ' is live' : ', not running yet'}.\n`,
  'variables.history': ({ versions }: Versions) =>
    versions.length === 0
      ? 'No variables were ever set.\n'
      : readable(
          versions.map(({ version, live, at, actor, added, changed, removed, restored }) => ({
            version: `${version}${live ? ' live' : ''}`,
            at,
            actor,
            added: listed(added),
            changed: listed(changed),
            removed: listed(removed),
            restored,
          })),
        ),
  'variables.set': changedVariables,
  'variables.unset': changedVariables,
  'variables.import': changedVariables,
  'logs.tail': () => '',
  'logs.host': () => '',
  'apps.warm': () => '',
};

function copiedText({ to, files: count, bytes, resumed, left, ms }: Copied): string {
  const there = resumed === 0 ? '' : `, ${sizeText(resumed)} were there already`;
  const rest = left === 0 ? '' : ` ${left} left out.`;
  return `${visible(to)}: ${count} ${count === 1 ? 'file' : 'files'}, ${sizeText(bytes)}${there}. ${seconds(ms)}.${rest}\n`;
}

/** What was agreed to is for the machine. */
const shownHost = ({ agreement: _agreement, ...host }: Host): Omit<Host, 'agreement'> => host;

type Event = CopyEvent | ForwardEvent | Progress | DeploymentProgress | InspectionProgress | LogEvent | Warmth;

/** How much of a step's output is shown when it fails. */
const shownLines = 40;

/**
 * Turns events into lines for a person: a step when it ended, and the output of a step only if it failed (or always, with
 * `all`). Log lines are the result itself.
 */
export function eventPrinter(all: boolean): (event: Event) => string {
  let held: string[] = [];
  return (event) => {
    switch (event.type) {
      case 'line':
        return `${event.at.slice(0, 23).replace('T', ' ')}  ${event.process === 'web' ? '' : `${visible(event.process)}: `}${visible(event.text)}\n`;
      case 'left-out':
        return leftOutText(event);
      case 'step': {
        if (event.status === 'running') return '';
        const output = event.status === 'failed' ? held.join('') : '';
        held = [];
        return output + stepText(event);
      }
      case 'output': {
        const lines = event.text
          .trimEnd()
          .split('\n')
          .map((line) => `  ${visible(line)}\n`);
        if (all) return lines.join('');
        held = [...held, ...lines].slice(-shownLines);
        return '';
      }
      case 'note':
        return `${visible(event.text)}\n`;
      case 'carried':
        return '';
      case 'listening':
        return `${visible(event.at)} ${event.onServer ? 'on the server ' : ''}leads to ${event.to === null ? 'where each connection says (SOCKS5)' : visible(event.to)}. Ctrl-C ends it.\n`;
      case 'copied':
        return `· ${event.files.toLocaleString('en-GB')} of ${event.ofFiles.toLocaleString('en-GB')} files, ${sizeText(event.bytes)} of ${sizeText(event.ofBytes)}\n`;
      case 'warm':
        return warmText(event);
      case 'place':
      case 'started':
      case 'unpacking':
      case 'reading':
      case 'found':
        return '';
    }
  };
}

function leftOutText({ reason, lines, bytes }: LeftOut): string {
  const many = `${lines.toLocaleString('en-GB')} ${lines === 1 ? 'line was' : 'lines were'} left out here`;
  return reason === 'rate' ? `· ${many} (${sizeText(bytes)}): more came than is sent.\n` : `· ${many} by the server's journald: more came than it takes.\n`;
}

function warmText({ state, reason, memory }: Warmth): string {
  if (state === 'warm') return `· The next release starts warm${memory === null ? '' : `; the slot that waits takes ${sizeText(memory)}`}.\n`;
  return state === 'starting' ? '' : `· Not warm: ${visible(reason ?? 'waiting')}.\n`;
}

function stepText(step: Extract<Event, { type: 'step' }>): string {
  const mark = step.status === 'done' ? '✓' : step.status === 'failed' ? '✗' : '·';
  const took = 'ms' in step && step.ms !== undefined ? seconds(step.ms) : '';
  return `${mark} ${visible(step.name).padEnd(12)} ${took.padStart(7)}  ${step.detail === undefined ? '' : visible(step.detail)}`.trimEnd().concat('\n');
}
