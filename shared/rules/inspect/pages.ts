import { type Candidate, depthOf, penalties } from './candidate.ts';
import { type Facts, farness } from './facts.ts';
import { pageServers } from './frameworks.ts';
import { nameOf } from './project.ts';
import { importedModules } from './reach.ts';
import { hintFor, scriptOf } from './scripts.ts';
import { meaning, type Sheet } from './sheet.ts';

const baseOf = (path: string): string => nameOf(path).replace(/\.py$/, '');

/** Scripts that Streamlit, Gradio and the like serve, or that serve pages by themselves. */
export function pageScripts(facts: Facts): Candidate[] {
  const imported = importedModules(facts);
  return [...facts.project.sheets.values()].flatMap((sheet) => {
    if (farness(sheet.path) === 3) return [];
    return [...streamlit(facts, sheet, imported), ...served(facts, sheet, imported)];
  });
}

const streamlitNames: [RegExp, number][] = [
  [/^streamlit_?app$/i, 28],
  [/^(app|main)$/i, 22],
  [/home|^(_?\W*|\d+_)welcome/i, 18],
  [/^(dashboard|run|index|web_?app|ui|gui|frontend|st_app|chat(bot)?|streamlit\w*)$/i, 12],
];

function streamlit(facts: Facts, sheet: Sheet, imported: ReadonlySet<string>): Candidate[] {
  const first = sheet.imports.find(({ module }) => module === 'streamlit');
  const hint = hintFor(facts, sheet, 'streamlit');
  // What is run by it is, also where others of its modules speak with it.
  if ((first === undefined && hint === null) || facts.project.isOwn('streamlit')) return [];
  const calls = sheet.calls.filter(({ name }) => name.startsWith('streamlit.'));
  const shows = calls.filter(({ place }) => place !== 'function').length;
  // Pages lie beside the script that is run, and parts of a page are imported by it.
  if (hint === null && (/(^|\/)(pages|_pages|views|components)\//i.test(sheet.path) || (shows === 0 && sheet.mainLine === null && sheet.actsAt === null))) return [];
  const opens = calls.find(({ name }) => /\.(set_page_config|navigation)$/.test(name));
  const score =
    50 +
    (streamlitNames.find(([name]) => name.test(baseOf(sheet.path)))?.[1] ?? 0) +
    (opens === undefined ? 0 : 14) +
    Math.min(10, shows) +
    (hint?.weight ?? 0) -
    4 * depthOf(sheet.path) -
    penalties[farness(sheet.path)] -
    (imported.has(sheet.path) ? 40 : 0);
  const line = opens?.call.line ?? first?.line ?? sheet.mainLine ?? 1;
  return [scriptOf(facts, sheet, { type: 'streamlit', score, line, hint })];
}

function served(facts: Facts, sheet: Sheet, imported: ReadonlySet<string>): Candidate[] {
  return pageServers.flatMap(({ module, type, run }) => {
    if (facts.project.isOwn(module) || !sheet.imports.some((one) => one.module === module || one.module.startsWith(`${module}.`))) return [];
    const start = sheet.calls.find(({ name, call }) => run.test(name) || (name === '' && call.callee.kind === 'member' && run.test(`.${call.callee.name}`)));
    const line = start?.call.line ?? decorated(sheet, run);
    if (line === null) return [];
    const hint = hintFor(facts, sheet, 'script');
    const score =
      46 +
      (/^(app|main|server|run|web|demo|webui|gradio_app|interface|ui|index)$/i.test(baseOf(sheet.path)) ? 20 : 0) +
      (start?.place === 'function' && sheet.mainLine === null && sheet.actsAt === null ? -20 : 8) +
      (hint?.weight ?? 0) -
      4 * depthOf(sheet.path) -
      penalties[farness(sheet.path)] -
      (imported.has(sheet.path) && sheet.mainLine === null ? 15 : 0) -
      // A plain HTTP server is often only a health check beside a bot.
      (/^(wsgiref|waitress)$/.test(module) ? 20 : 0);
    return [{ ...scriptOf(facts, sheet, { type, score, line, hint }), served: 'own' as const }];
  });
}

/** Where a function is given to what serves it: `@chainlit.on_message`. */
function decorated(sheet: Sheet, run: RegExp): number | null {
  for (const { decorators, line } of sheet.functions.values()) if (decorators.some((one) => run.test(meaning(one, sheet.bindings)))) return line;
  return null;
}
