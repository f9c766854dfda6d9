import type { AppSettings } from './app-settings.ts';
import { commandRule } from './command.ts';

/** What the plan of an import says of how an app runs: found, or put right by a person. */
export interface ImportAnswers {
  type: string;
  /** The app's folder in the dropped one; "." where it is that itself. */
  root: string;
  /** module:object, module:factory(), a script, or the folder of a static site. */
  entrypoint: string;
  /** What is kept between releases; left out where the folder's own forgeboard.yml says all of it. */
  persist?: readonly string[] | undefined;
}

/** The settings that deploy an app so, as they would stand in its forgeboard.yml. */
export function importSettings({ type, root, entrypoint, persist }: ImportAnswers): AppSettings {
  return { ...served(type, entrypoint.trim()), ...(root !== '.' && root !== '' && { root }), ...(persist !== undefined && { persist: [...persist] }) };
}

function served(type: string, entrypoint: string): AppSettings {
  const module = /^(.+)\/__main__\.py$/.exec(entrypoint)?.[1];
  // What a command that is installed calls, by the names that such functions have.
  const [, from, called] = /^([A-Za-z_][\w.]*):(main|run|cli|start|serve|daemon|entry_?point|execute)(?:\(\))?$/.exec(entrypoint) ?? [];
  const isCall = (type === 'script' || type === 'worker') && called !== undefined;
  const script = isCall
    ? `python -c "from ${from} import ${called}; ${called}()"`
    : module === undefined
      ? `python ${quoted(entrypoint)}`
      : `python -m ${quoted(module.replaceAll('/', '.'))}`;
  switch (type) {
    case 'flask':
    case 'wsgi':
      // One that only runs as a script serves itself.
      return isScript(entrypoint) ? { type: 'command', command: script } : { type: 'wsgi', entry_point: entrypoint };
    case 'django':
      return { type: /(^|\.)asgi:/.test(entrypoint) ? 'asgi' : 'wsgi', entry_point: entrypoint };
    case 'fastapi':
    case 'asgi':
      return isScript(entrypoint) ? { type: 'command', command: script } : { type: 'asgi', entry_point: entrypoint };
    case 'streamlit':
      return { type: 'command', command: `streamlit run ${quoted(entrypoint)} --server.port $PORT --server.address 127.0.0.1 --server.headless true` };
    case 'gradio':
      return { type: 'command', command: `env GRADIO_SERVER_NAME=127.0.0.1 GRADIO_SERVER_PORT=$PORT ${script}` };
    case 'script':
      return { type: 'command', command: script };
    case 'worker':
      return { type: 'worker', processes: { worker: isScript(entrypoint) || isCall ? script : `celery -A ${quoted(entrypoint)} worker` } };
    default:
      return { type: 'static', folder: entrypoint === '' ? '.' : entrypoint };
  }
}

const isScript = (entrypoint: string) => !entrypoint.includes(':');

/** A file's name as one word of a command. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `"${word.replace(/["\\$`]/g, '\\$&')}"`;
}

/** What is wrong with an entry point that was typed for this kind, a sentence without its end; null where nothing is. */
export function importEntryRule({ type, entrypoint }: ImportAnswers): string | null {
  if (type === 'static') return null;
  if (entrypoint.trim() === '') return 'say what starts it';
  const { command, processes } = served(type, entrypoint.trim());
  const line = command ?? processes?.worker;
  return line === undefined ? null : commandRule(line);
}
