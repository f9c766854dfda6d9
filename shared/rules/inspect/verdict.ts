import type { Evidence } from '../../contract/imports.ts';
import type { Candidate } from './candidate.ts';
import { webCandidates } from './candidates.ts';
import { commandsOf } from './commands.ts';
import { type Facts, farness } from './facts.ts';
import { botModules } from './frameworks.ts';
import { besides, boardProgram, collection, madeForOther, opensWindow, type Refusal, trainingCode, windowProgram } from './no-app.ts';
import { textsOf } from '../packages/papers.ts';
import { type Packaging, packagingOver } from './packaging.ts';
import { startedByName } from './hinted.ts';
import { pageScripts } from './pages.ts';
import { nameOf } from './project.ts';
import { recordOf } from './record.ts';
import { queueCandidates } from './queues.ts';
import { reached } from './reach.ts';
import { plainScripts, type Script } from './scripts.ts';
import { isBuiltPage, otherLanguage, siteCandidates } from './sites.ts';

/** What the folder is: the best candidate and the others, or why it is no app. */
export interface Verdict {
  best: Candidate | null;
  others: Candidate[];
  reason: string | null;
  evidence: Evidence[];
  /** Another candidate is as good as the best. */
  undecided: boolean;
}

export function verdictOf(given: Facts): Verdict {
  const facts = { ...given, hints: [...given.hints, ...startedByName(given)] };
  const byScore = (one: Candidate, other: Candidate) => other.score - one.score || (one.path < other.path ? -1 : 1);
  const commands = commandsOf(facts);
  const programs = plainScripts(facts, commands).sort(byScore);
  const scripts = [...programs, ...queueCandidates(facts)].sort(byScore);
  const objects = webCandidates(facts, commands);
  // What can be handed to a server is, also where the same file can serve itself.
  const pages = pageScripts(facts).filter(({ path, served }) => served !== 'own' || !objects.some((one) => one.path === path && /^[aw]sgi$/.test(one.served)));
  const web = [...objects, ...pages].map(settled(programs)).sort(byScore);
  const sites = siteCandidates(facts).sort(byScore);
  const over = ({ path }: Candidate): Packaging | null => packagingOver(facts, path);
  const answer = (best: Candidate, rest: Candidate[]): Verdict => ({
    best: weighed(best, rest),
    others: distinct(best, rest),
    reason: null,
    evidence: best.evidence,
    undecided: isTied(best, rest),
  });
  const none = ({ reason, evidence }: Refusal): Verdict => ({ best: null, others: distinct(null, [...web, ...scripts, ...sites]), reason, evidence, undecided: false });

  const page = web.find((one) => isServed(one, over(one)));
  const [script] = programs;
  if (page !== undefined && !(script !== undefined && isBesideBot(facts, page, script))) return answer(page, [...web, ...scripts]);
  const refusal = madeForOther(facts) ?? boardProgram(facts);
  if (refusal !== null) return none(refusal);
  const window = windowProgram(facts);
  const python = facts.modules.filter((path) => farness(path) < 2 && !/(^|\/)(conf|setup|pelicanconf|publishconf|tasks|fabfile)\.py$/.test(path));
  const packaged = packagingOver(facts, scripts[0]?.path ?? '.');
  const site = sites.find((one) => isPublic(facts, one, python.length, scripts[0]));
  if (site !== undefined && (packaged === null || python.length === 0 || isMadeByPackage(facts, site, packaged))) return answer(site, [...sites, ...scripts]);
  const program = scripts.find((one) => {
    const by = over(one);
    return by === null || isDeployed(one, by);
  });
  if (packaged !== null && program === undefined)
    return none({ reason: `A library or command-line tool: ${packaged.file} makes a package of it, and nothing says that it is deployed`, evidence: [packaged] });
  const isBusy = script?.waiting?.isSure === true || program?.confidence === 'certain';
  if (window !== null && (!isBusy || (program !== undefined && opensWindow(facts, program.path)))) return none(window);
  const books = facts.paths.filter((path) => path.endsWith('.ipynb'));
  if (books.length > 0 && books.length >= python.length && !isBusy && program?.type !== 'worker')
    return none({ reason: `Notebooks: ${books.length} of them, and no application`, evidence: [{ file: books[0] ?? '', line: null, text: '' }] });
  const other = otherLanguage(facts);
  const inOther = (found: NonNullable<typeof other>): Refusal => ({
    reason: `Written in ${found.language}, not in Python`,
    evidence: [{ file: found.file, line: null, text: '' }],
  });
  if (other !== null && other.files > 3 * python.filter((path) => farness(path) === 0).length && program?.confidence !== 'certain') return none(inOther(other));
  const many = trainingCode(facts, programs) ?? collection(programs) ?? besides(facts, programs, python);
  if (many !== null && program?.type !== 'worker') return none(many);
  if (program !== undefined) return answer(program, [...scripts, ...sites]);
  if (python.length > 0)
    return none({ reason: 'Python modules, of which none serves, waits for work or is made to be run', evidence: [{ file: python[0] ?? '', line: null, text: '' }] });
  if (other !== null && other.files > 0) return none(inOther(other));
  return none({ reason: facts.paths.length === 0 ? 'The folder is empty' : 'There is no Python, and no page, in it', evidence: [] });
}

/** Whether a web application is what the folder is for, and not only stands in it: in a package that others install, more must say so. */
function isServed({ score, path, confidence, served, evidence }: Candidate, packaged: Packaging | null): boolean {
  if (packaged === null) return score > -60;
  // Nor is a manage.py by which a reusable app is tried: its settings lie in no package.
  const isTrial = packaged.isPublished && nameOf(path) === 'manage.py' && !/["']\w+\.[\w.]+["']/.test(evidence[0]?.text ?? '');
  if (farness(path) >= 2 || isTrial) return false;
  return confidence === 'certain' ? score > 0 : score > (packaged.isPublished ? (served === 'own' ? 65 : 55) : 20);
}

/** Whether a program of a package is started where something is deployed, and not only installed. */
function isDeployed(one: Candidate & Partial<Script>, packaged: Packaging): boolean {
  if (farness(one.path) >= 2) return false;
  const isWorker = one.type === 'worker';
  const evidence = one.evidence[0]?.file ?? '';
  if (one.command != null) {
    // A tool may have an image and a loop; what its own kind of call waits in, what a unit or cron starts, is deployed.
    const isStarted = !/Dockerfile|Containerfile/i.test(evidence) || one.waiting?.isSure === true || one.waiting?.isCall === true;
    return !packaged.isPublished || one.waiting?.kind === 'page' || (isStarted && (isWorker || /^readme/i.test(evidence)));
  }
  const isLone = !one.path.includes('/') && !/^(examples?|demos?|samples?|tests?)([_-]|\.py$)/i.test(one.path);
  // A README and a Makefile show how a tool is used as well.
  const isShown = /^(readme(\.\w+)?|makefile|justfile)$/i.test(nameOf(evidence));
  const isUse = isShown && !isWorker && (packaged.isPublished || (one.waiting == null && !isLone));
  if (one.confidence === 'certain' && (one.score > 90 || isWorker) && farness(evidence) < 2 && !isUse && (isLone || one.path.includes('/'))) return true;
  if (one.waiting === undefined) return one.score > 0 && !packaged.isPublished;
  if (one.waiting === null || farness(one.path) > 0 || one.score <= 30) return false;
  return !packaged.isPublished || isLone || (one.waiting.isSure && isNamed(one));
}

/** The program of a package that has the name of what it does. */
const isNamed = ({ path }: Candidate): boolean => /^(main|bot|__main__|cli|run|start|app)\.py$/.test(nameOf(path));

/** Whether pages are what the folder is for, beside Python and other languages. */
function isPublic(facts: Facts, site: Candidate, modules: number, script: Candidate | undefined): boolean {
  const isPlain = /\.html$/.test(site.path);
  const other = otherLanguage(facts);
  if (isPlain ? isBuiltPage(facts, site) : other !== null && other.files >= 5) return false;
  if (modules === 0) return true;
  const isDocs = nameOf(site.path) === 'conf.py';
  if (script === undefined) return !isDocs;
  // Pages that a script of the folder itself writes are what it is for.
  if (isPlain && site.entrypoint !== '.' && facts.project.sheets.get(script.path)?.text.includes(site.entrypoint) === true)
    return script.served === 'script' && script.type === 'script';
  // A generator's own file says it, however many hooks are beside; documentation of something else is no site.
  return script.confidence !== 'certain' && modules <= 5 && site.root === '.' && !isDocs && (!isPlain || !hasRequirements(facts));
}

/** A site whose own packages are its generator's, although a file makes a package of it: documentation has the generator among the packages for development. */
function isMadeByPackage(facts: Facts, site: Candidate, packaged: Packaging): boolean {
  if (!/^mkdocs\.ya?ml$/.test(site.path) || packaged.isPublished) return false;
  const document = recordOf(facts.documents.get('pyproject.toml'));
  const project = recordOf(document.project);
  const names = [...textsOf(project.dependencies), ...Object.keys(recordOf(recordOf(recordOf(document.tool).poetry).dependencies))];
  // What adds to the generator is a library for it.
  return names.some((name) => /^mkdocs(-material)?(?![\w-])/i.test(name)) && !Object.keys(recordOf(project['entry-points'])).some((name) => name.startsWith('mkdocs'));
}

/** A page that a bot starts beside its own work, so that it counts as alive, or for one who looks after it. */
function isBesideBot(facts: Facts, page: Candidate, script: Script): boolean {
  if (script.waiting?.kind !== 'worker' || page.type === 'django') return false;
  const [starts, serves] = [facts.project.sheets.get(script.path), facts.project.sheets.get(page.path)];
  if (starts === undefined || serves === undefined) return false;
  if (starts !== serves && page.confidence !== 'certain') {
    const routes = serves.calls.filter(({ call }) => call.callee.kind === 'member' && /^(route|get|post)$/.test(call.callee.name)).length;
    const modules = reached(facts, starts);
    if (routes <= 2 && modules.includes(serves) && modules.some(({ imports }) => imports.some(({ module }) => botModules.test(module)))) return true;
  }
  const isPart = page.served === 'own' && reached(facts, starts).includes(serves);
  return script.confidence === 'certain' && script.score > page.score + 30 && script.waiting.isSure && !isPart;
}

/** What serves itself is started by its script, where that can be told. */
const settled =
  (programs: readonly Script[]) =>
  (candidate: Candidate): Candidate => {
    if (candidate.served !== 'own' || candidate.entrypoint !== '') return candidate;
    const own = programs.find(({ path }) => path === candidate.path) ?? programs[0];
    return own === undefined
      ? { ...candidate, entrypoint: candidate.path, root: '.' }
      : {
          ...candidate,
          ...(own.confidence === 'certain' && own.path === candidate.path && own),
          type: candidate.type,
          entrypoint: own.entrypoint,
          root: own.root,
          path: own.path,
          score: candidate.score,
        };
  };

const hasRequirements = (facts: Facts): boolean => ['requirements.txt', 'pyproject.toml', 'Pipfile', 'environment.yml'].some((name) => facts.project.has(name));

/** The best with its confidence: how far it is ahead of what is another answer. */
function weighed(best: Candidate, all: Candidate[]): Candidate {
  const [second] = distinct(best, all);
  const ahead = second === undefined ? 100 : best.score - second.score;
  if (best.confidence === 'certain' || (ahead >= 25 && best.score >= 60)) return { ...best, confidence: 'certain' };
  return { ...best, confidence: ahead >= 8 && best.score > 30 ? 'likely' : 'guess' };
}

/** Where neither a file that starts one nor anything in the code speaks for one of two. */
function isTied(best: Candidate, all: Candidate[]): boolean {
  const [second] = distinct(best, all);
  return second !== undefined && best.confidence !== 'certain' && second.served === best.served && best.score - second.score < 2;
}

/** Other answers, each once. */
function distinct(best: Candidate | null, all: Candidate[]): Candidate[] {
  const seen = new Set(best === null ? [] : [`${best.root} ${best.entrypoint}`]);
  return all
    .filter(({ root, entrypoint, score, served, path }) => {
      // The file that the answer stands in, run as a script, is no other answer.
      if (best !== null && served === 'script' && path === best.path) return false;
      const key = `${root} ${entrypoint}`;
      if (seen.has(key) || score < -60) return false;
      seen.add(key);
      return true;
    })
    .slice(0, 8);
}
