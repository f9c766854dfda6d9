import type { Evidence } from '../../contract/imports.ts';
import { evidenceAt, type Facts, farness } from './facts.ts';
import { folderOf, nameOf } from './project.ts';
import { reached } from './reach.ts';
import type { Script } from './scripts.ts';

/** Why a folder is no app, with what says so. */
export interface Refusal {
  reason: string;
  evidence: Evidence[];
}

/** Files at the top, or in a folder right below it, that say that a folder is made for another program or another use. */
const marks: { file: RegExp; text?: RegExp; deepest: number; reason: string }[] = [
  { file: /^(cookiecutter\.json|copier\.ya?ml)$/, deepest: 0, reason: 'A template that projects are made from' },
  { file: /^custom_components\/[^/]+\/manifest\.json$/, deepest: 2, reason: 'An integration that is installed into Home Assistant' },
  { file: /(^|\/)__manifest__\.py$/, deepest: 2, reason: 'Add-ons that are installed into Odoo' },
  { file: /(^|\/)addon\.xml$/, text: /<addon\b/, deepest: 1, reason: 'An add-on that is installed into Kodi' },
  { file: /(^|\/)__init__\.py$/, text: /^bl_info\s*=/m, deepest: 2, reason: 'An add-on that is installed into Blender' },
  { file: /(^|\/)__init__\.py$/, text: /^NODE_CLASS_MAPPINGS\s*=/m, deepest: 1, reason: 'Nodes that are installed into ComfyUI' },
  { file: /(^|\/)metadata\.txt$/, text: /^qgisMinimumVersion/m, deepest: 1, reason: 'A plug-in that is installed into QGIS' },
  { file: /(^|\/)package\.xml$/, text: /<package\b[^>]*format=|<build_depend>|<buildtool_depend>/, deepest: 2, reason: 'A package of ROS, which a robot runs' },
  { file: /^(ansible\.cfg|galaxy\.ya?ml|site\.ya?ml|playbooks?\/[^/]+\.ya?ml|(roles\/[^/]+\/)?tasks\/main\.ya?ml)$/, deepest: 3, reason: 'Playbooks or roles of Ansible' },
  { file: /^(workflow\/)?Snakefile$|^nextflow\.config$|^dbt_project\.ya?ml$/, deepest: 1, reason: 'A pipeline that another program runs' },
  { file: /^(serverless\.ya?ml|samconfig\.toml|chalicelib\/.*|cdk\.json|host\.json)$/, deepest: 1, reason: 'Functions for a cloud, which start no server' },
];

/** What the folder says to be for, where that is no app by itself: templates, plug-ins of other programs, playbooks. */
export function madeForOther(facts: Facts): Refusal | null {
  // Of ten thousand paths few lie so near to the top.
  const near = facts.paths.flatMap((path) => (path.split('/', 5).length <= 4 ? [{ path, depth: path.split('/').length - 1 }] : []));
  for (const { file, text, deepest, reason } of marks) {
    const said = (path: string): string => facts.texts.get(path) ?? facts.project.sheets.get(path)?.text ?? '';
    const found = near.find(({ path, depth }) => depth <= deepest && file.test(path) && farness(path) < 2 && (text === undefined || text.test(said(path))));
    if (found !== undefined) return { reason, evidence: [{ file: found.path, line: null, text: '' }] };
  }
  return null;
}

const windows =
  /^(tkinter|Tkinter|customtkinter|ttkbootstrap|pygame|PyQt[456]|PySide[26]?|qtpy|wx|kivy|kivymd|pyglet|arcade|turtle|curses|dearpygui|PySimpleGUI|FreeSimpleGUI|toga|textual|ursina|gi\.repository\.(Gtk|Adw)|eel|webview|panda3d|pyautogui|pynput|keyboard|rumps|pystray|sugar3)(\.|$)/;

/** Programs with a window of their own, which no server can show. */
export function windowProgram(facts: Facts): (Refusal & { path: string }) | null {
  for (const sheet of facts.project.sheets.values()) {
    if (farness(sheet.path) > 1) continue;
    const found = sheet.imports.find(({ module }) => windows.test(module) && !facts.project.isOwn(module));
    if (found === undefined) continue;
    const module = found.module.startsWith('gi.') ? 'Gtk' : (found.module.split('.')[0] ?? '');
    return { reason: `A program with a window of its own (${module}), which a server cannot show`, evidence: [evidenceAt(facts, sheet.path, found.line)], path: sheet.path };
  }
  return null;
}

/** Whether a program cannot start without a window: a module that it imports does so at once. */
export function opensWindow(facts: Facts, path: string): boolean {
  const sheet = facts.project.sheets.get(path);
  if (sheet === undefined) return false;
  return reached(facts, sheet).some((one) =>
    one.imports.some(({ module, place, isOptional }) => place === 'top' && !isOptional && windows.test(module) && !facts.project.isOwn(module)),
  );
}

/** Programs for a board: they import what only MicroPython has. */
export function boardProgram(facts: Facts): Refusal | null {
  for (const sheet of facts.project.sheets.values()) {
    const found =
      farness(sheet.path) > 1 ? undefined : sheet.imports.find(({ module }) => /^(machine|micropython|board|digitalio|pyb|utime|ubinascii|microbit|rp2)(\.|$)/.test(module));
    if (found !== undefined && !facts.project.isOwn(found.module))
      return { reason: `A program for a board (${found.module.split('.')[0]}), not for a server`, evidence: [evidenceAt(facts, sheet.path, found.line)] };
  }
  return null;
}

/** How many scripts stand side by side before they are a collection, of which none is the app. */
const many = 8;

/** Scripts of equal rank, each for itself, like those of a course: no name, no command and no deployment tells one of them. */
export function collection(scripts: readonly Script[]): Refusal | null {
  const [first] = scripts;
  if (first === undefined || first.confidence === 'certain' || first.waiting?.isSure === true) return null;
  const alike = scripts.filter(({ score, served }) => served === 'script' && score >= first.score - 12);
  const folders = new Set(scripts.map(({ path }) => folderOf(path)));
  if (scripts.length < many || (alike.length < many / 2 && folders.size < many / 2) || (/^(main|app|bot|run|__main__)\.py$/.test(nameOf(first.path)) && !first.path.includes('/')))
    return null;
  return {
    reason: `${scripts.length} scripts, each for itself, and nothing that says which of them is the app`,
    evidence: scripts.slice(0, 3).flatMap(({ evidence }) => evidence.slice(0, 1)),
  };
}

/** Scripts that only look after something else: they lie in a folder for that, and most of the rest is no Python. */
export function besides(facts: Facts, scripts: readonly Script[], python: readonly string[]): Refusal | null {
  const [first] = scripts;
  if (first === undefined || first.confidence === 'certain' || first.waiting !== null || python.some((path) => farness(path) === 0) || facts.paths.length <= 3 * python.length)
    return null;
  return { reason: 'Scripts beside something that is no app of Python', evidence: first.evidence.slice(0, 1) };
}

/** Code that learns: it is run by hand on a machine for that, with many arguments. */
export function trainingCode(facts: Facts, scripts: readonly Script[]): Refusal | null {
  const [first] = scripts;
  if (first === undefined || first.confidence === 'certain' || first.waiting !== null) return null;
  const path = [...facts.project.sheets.values()].find(
    (sheet) =>
      farness(sheet.path) < 2 &&
      /(^|\/)((train|finetune|pretrain|fine_tune|run_train|training)(_\w+)?|\w+_train)\.py$/.test(sheet.path) &&
      sheet.imports.some(({ module }) =>
        /^(torch|tensorflow|keras|jax|flax|transformers|pytorch_lightning|lightning|mxnet|paddle|sklearn|xgboost|lightgbm|ultralytics|accelerate|datasets|fastai)(\.|$)/.test(
          module,
        ),
      ),
  )?.path;
  return path === undefined ? null : { reason: 'Code that trains models, run by hand', evidence: [{ file: path, line: null, text: '' }] };
}
