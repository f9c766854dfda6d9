import type { Explained, Said } from './said.ts';

const wrong =
  /Failed to find (?:attribute|application object) ['"]?([\w.()]+)['"]? in ['"]([\w.]+)['"]|Attribute "([\w.]+)" not found in module "([\w.]+)"|Could not import module "([\w.]+)"|Failed to parse ['"](.+?)['"] as an attribute name|(Application object must be callable)/;

export function entryPoint({ text, spec }: Said): Explained | null {
  const found = wrong.exec(text);
  if (found === null) return null;
  const [, object = found[3], module = found[4] ?? found[5]] = found;
  const named = spec?.entrypoint || [module, object].filter(Boolean).join(':');
  const what = found[7] !== undefined ? `${named} is not an application` : object === undefined ? `${named} cannot be imported` : `There is no ${object} in the module ${module}`;
  return { what, hint: `${named} is its entry point: say another.`, fix: null, asks: 'entrypoint' };
}

/** ASGI and WSGI taken for each other. */
export function protocol({ text }: Said): Explained | null {
  const isAsgi = /__call__\(\) missing \d+ required positional arguments?: (?:'receive' and )?'send'/.test(text);
  const isWsgi =
    /__call__\(\) (?:missing 1 required positional argument: 'start_response'|takes 3 positional arguments but 4 were given)|missing 1 required positional argument: 'start_response'/.test(
      text,
    );
  if (!isAsgi && !isWsgi) return null;
  const [is, was] = isAsgi ? (['asgi', 'wsgi'] as const) : (['wsgi', 'asgi'] as const);
  return {
    what: `The app is ${isAsgi ? 'an ASGI' : 'a WSGI'} app, and was served as ${was.toUpperCase()}`,
    hint: `Serve it as ${is}.`,
    fix: { label: `Serve it as ${is.toUpperCase()}`, variable: null, settings: { type: is } },
  };
}

const running = /(?:Running on|running on|Listening (?:on|at):?|Serving on|Started server on)\s+(?:https?:\/\/)?(\[[^\]]+\]|[\w.-]+|\*):(\d{2,5})/;

/** A server of its own that listens elsewhere than where it is looked for. */
export function port({ reason, text, spec }: Said): Explained | null {
  const taken = /Address already in use|Connection in use: \(['"][^'"]*['"], (\d+)\)|\[Errno 98\]/.exec(text);
  const found = running.exec(text)?.[2] ?? taken?.[1];
  if (spec?.type === 'command') {
    if (found === undefined && taken === null) return null;
    const what = taken === null ? `It listens on port ${found}, not on the port that it is given` : `The port${found === undefined ? '' : ` ${found}`} that it wants is taken`;
    return { what, hint: 'Let it listen on the port in the variable PORT, or write $PORT into its command.', fix: null };
  }
  const isOwn = /Serving Flask app|Uvicorn running on|Starting development server|Running on http|======== Running on/.test(text) || taken !== null;
  if (spec === null || (spec.type !== 'wsgi' && spec.type !== 'asgi') || !isOwn || /^Failed to find/.test(reason)) return null;
  const file = `${spec.entrypoint.split(':')[0]?.replaceAll('.', '/')}.py`;
  return {
    what: `${file} starts a server of its own${found === undefined ? '' : ` on port ${found}`} while it is imported`,
    hint: 'Put that under if __name__ == "__main__", or run it as a program of its own that listens on the port in the variable PORT.',
    fix: { label: 'Run it as a program', variable: null, settings: { type: 'command', command: `python ${file}` } },
  };
}
