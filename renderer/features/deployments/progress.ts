import type { Deployment } from '../../../shared/contract/apps.ts';
import type { DeploymentFix, DeploymentProgress } from '../../../shared/contract/deployments.ts';
import type { FailureRecord } from '../../../shared/errors.ts';
import type { Input } from '../../lib/api.ts';

export interface Step {
  name: string;
  status: 'waiting' | 'running' | 'done' | 'failed' | 'skipped';
  detail: string | null;
  /** Milliseconds, once it ended. */
  ms: number | null;
  /** This laptop's clock, when the page heard that it began. */
  beganAt: number | null;
  /** Its last lines. */
  output: string[];
}

export interface End {
  outcome: 'live' | 'applied' | 'failed' | 'unchanged' | 'cancelled' | 'interrupted' | 'switched-back' | 'unknown';
  release: number | null;
  reason: string | null;
  hint: string | null;
  /** What mends it, where that is known. */
  fix?: DeploymentFix | null;
  /** The app's own last words. */
  log: string[];
  /** Milliseconds in all, where somebody counted. */
  ms: number | null;
}

/** One deployment as this window hears of it. */
export interface Run {
  host: string;
  app: string;
  deployment: number | null;
  kind: Deployment['kind'];
  /** The release it is to make live; a deploy makes a new one, of its own number. */
  release: number | null;
  /** This laptop's clock, when it began or was begun to be followed. */
  beganAt: number;
  steps: Step[];
  notes: string[];
  end: End | null;
  /** Settings that it was sent with: of a first one that failed the server keeps none. */
  sent?: Input<'deployments.start'>['settings'];
}

/** Lines that are kept of a step. */
const mostLines = 400;

/** Names of the steps for people, what each will do, what it is doing, and what its failure means, in the order of a deploy. */
export const stepWords: Record<string, readonly [name: string, todo: string, doing: string, failed: string]> = {
  scan: ['Scan', 'Read the folder', 'Scanning', 'The folder could not be read'],
  offer: ['Compare', 'Ask which files the server lacks', 'Comparing', 'The server could not be asked'],
  upload: ['Upload', 'Send what is new', 'Uploading', 'The upload was cut'],
  verify: ['Verify', 'Compare its files with what was deployed', 'Verifying', 'Its files are not what was deployed'],
  wait: ['Wait', 'The slot before still drains', 'Waiting', 'It took too long'],
  variables: ['Variables', 'Write the new version', 'Writing', 'The version before is in force'],
  configure: ['Configure', 'Unit and site', 'Configuring', 'Unit and site were put back as they were'],
  unpack: ['Restore', 'Put data and variables back', 'Restoring', 'The archive is as it was'],
  tree: ['Unpack', 'Lay out the release', 'Unpacking', 'The release could not be laid out'],
  packages: ['Packages', 'Install what the requirements ask for', 'Installing', 'The packages could not be installed'],
  bytecode: ['Compile', 'Make the start quick', 'Compiling', 'The code could not be compiled'],
  start: ['Start', 'In the other slot', 'Starting', 'The process ended by itself'],
  check: ['Check', 'Wait for the first answer', 'Checking', 'It did not answer before its check ended'],
  switch: ['Switch', 'One rename, about 1 ms', 'Switching', 'The switch was taken back'],
  site: ['Site', 'Lead nginx to the slot', 'Leading', "nginx's files were put back as they were"],
  drain: ['Drain', 'The slot before finishes its open requests', 'Draining', 'Open requests were cut'],
};

const usual = ['scan', 'offer', 'tree', 'packages', 'bytecode', 'start', 'check', 'switch', 'drain'];
// Without a folder there is nothing to read, send and lay out.
const again = usual.slice(usual.indexOf('start'));

/** Whether visitors could notice a step: everything from the switch on. */
export const afterSwitch = (name: string) => name === 'switch' || name === 'site' || name === 'drain';

export function newRun(host: string, app: string, deployment: number | null, now: number, kind: Run['kind'] = 'deploy', release: number | null = null): Run {
  return { host, app, deployment, kind, release: release ?? (kind === 'deploy' ? deployment : null), beganAt: now, steps: [], notes: [], end: null };
}

/** The run after one more event. */
export function folded(run: Run, event: DeploymentProgress, now: number): Run {
  switch (event.type) {
    case 'started':
      return { ...run, deployment: event.deployment, release: run.kind === 'deploy' ? event.deployment : run.release };
    case 'note':
      return run.notes.includes(event.text) ? run : { ...run, notes: [...run.notes, event.text] };
    case 'output': {
      const lines = event.text.replace(/\n$/, '').split('\n');
      return changed(run, event.step, (step) => ({ ...step, output: [...step.output, ...lines].slice(-mostLines) }));
    }
    case 'step':
      return changed(run, event.name, (step) => ({
        ...step,
        status: event.status,
        detail: event.detail ?? step.detail,
        ms: event.ms ?? step.ms,
        beganAt: event.status === 'running' ? now : step.beganAt,
      }));
  }
}

function changed(run: Run, name: string, change: (step: Step) => Step): Run {
  const known = run.steps.some((step) => step.name === name);
  const steps = known ? run.steps : [...run.steps, { name, status: 'running' as const, detail: null, ms: null, beganAt: null, output: [] }];
  return { ...run, steps: steps.map((step) => (step.name === name ? change(step) : step)) };
}

/** The run after it ended; a failure's facts bring the app's own words. */
export function ended(run: Run, end: Partial<End> & Pick<End, 'outcome'>): Run {
  // What the server had no time to say of its last step.
  const last = end.outcome === 'live' || end.outcome === 'applied' || end.outcome === 'switched-back' ? 'done' : end.outcome === 'failed' ? 'failed' : 'skipped';
  const steps = run.steps.map((step) => (step.status === 'running' && end.outcome !== 'unknown' ? { ...step, status: last as Step['status'] } : step));
  return { ...run, steps, end: { release: null, reason: null, hint: null, log: [], ms: null, ...end } };
}

/** How a failed call of deployments.start ends a run. Its fix was made by our own backend (shared/rules/explain), no host. */
export function endOfFailure({ problem, message, hint, facts }: FailureRecord): End {
  const log = Array.isArray(facts?.log) ? facts.log.map(String) : [];
  const outcome = problem === 'cancelled' ? 'cancelled' : problem === 'unknown-outcome' ? 'unknown' : 'failed';
  return { outcome, release: null, reason: message, hint: hint ?? null, fix: (facts?.fix ?? null) as DeploymentFix | null, log, ms: null };
}

/** What was, is and will be: steps that are still to come stand with what they will do. */
export function allSteps(run: Run): Step[] {
  const waiting = (name: string): Step => ({ name, status: 'waiting', detail: null, ms: null, beganAt: null, output: [] });
  if (run.end?.outcome === 'unchanged' || run.end?.outcome === 'applied') return run.steps;
  const seen = new Set(run.steps.map(({ name }) => name));
  const last = Math.max(-1, ...run.steps.map(({ name }) => usual.indexOf(name)));
  const failed = run.steps.some(({ status }) => status === 'failed');
  const left = (run.kind === 'deploy' ? usual : again).filter((name) => usual.indexOf(name) > last && !seen.has(name));
  return [...run.steps, ...(failed || run.end?.outcome === 'cancelled' ? left.filter((name) => name === 'switch') : run.end === null ? left : []).map(waiting)];
}

/** How far it is: the step that runs, and its place among all. */
export function position(run: Run): { name: string; number: number; of: number } {
  const steps = allSteps(run);
  const index = steps.findIndex(({ status }) => status === 'running');
  const at = index < 0 ? run.steps.length - 1 : index;
  const name = steps[at]?.name ?? 'scan';
  return { name: stepWords[name]?.[0] ?? name, number: Math.max(0, at) + 1, of: Math.max(1, steps.length) };
}
