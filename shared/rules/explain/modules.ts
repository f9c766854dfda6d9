import type { Explained, Said } from './said.ts';
import { isWellKnown, packageOf } from '../packages/modules.ts';
import { debianOf, nativeOf } from '../packages/native.ts';
import { normalName } from '../packages/requirement.ts';
import { isStandard, lackedBy } from '../packages/standard.ts';

const pythonOf = ({ spec, text }: Said): string | null => spec?.python?.replace(/^.*python/, '') ?? /\/lib\/python(3\.\d+)\//.exec(text)?.[1] ?? null;

export function missingModule(said: Said): Explained | null {
  const module = /(?:ModuleNotFoundError|ImportError): No module named ['"]?([\w.]+)/.exec(said.reason)?.[1];
  const entry = said.spec?.entrypoint.split(':')[0] ?? '';
  if (module === undefined) return null;
  const [first = ''] = module.split('.');
  // The server was told to import it, so it is not the code's own fault.
  if (entry !== '' && (entry === module || entry.startsWith(`${module}.`)))
    return { what: `There is no module ${entry} in the folder`, hint: `${entry} is its entry point: say another.`, fix: null, asks: 'entrypoint' };
  const python = pythonOf(said);
  const lacked = python === null ? null : lackedBy(python, first);
  if (lacked !== null) {
    const what = `Python ${python} has ${lacked.isNew ? 'not yet' : 'no longer'} a module ${first}`;
    if (lacked.instead === null) return { what, hint: `Write it without ${first}, or choose another Python.`, fix: null };
    return added(said, lacked.instead, what, `Add the package ${lacked.instead}, or choose another Python.`);
  }
  if (isStandard(first)) return null;
  const name = packageOf(module);
  const what = `The code imports ${module}, which no installed package has`;
  if (!isWellKnown(name))
    return { what, hint: `Name the package that brings ${first} among the app's packages; where it is a file of yours, see that it is in the folder.`, fix: null };
  return added(said, name, what, `Add ${name} to the app's packages, then deploy again.`);
}

function added({ spec }: Said, name: string, what: string, hint: string): Explained {
  // Without what is in force the others of the list would be lost.
  if (spec === null) return { what, hint, fix: null };
  const packages = [...spec.packages.filter((one) => normalName(one.replace(/[[<>=!~].*$/, '')) !== normalName(name)), name];
  return { what, hint, fix: { label: `Add ${name}`, variable: null, settings: { packages } } };
}

export function sharedLibrary({ text }: Said): Explained | null {
  const file =
    /(?:ImportError|OSError)[^\n]*?\b(lib[\w.+-]+?)(?:\.so[\d.]*)?['"]?: cannot open shared object file/.exec(text)?.[1] ??
    /cannot load library ['"](?:lib)?([\w.+-]+?)(?:\.so[\d.]*)?['"]/.exec(text)?.[1];
  if (file === undefined) return null;
  const debian = debianOf(file);
  return {
    what: `A package needs the library ${file}, which is not on the server`,
    hint:
      debian === null
        ? 'Install the package of Debian that has it, then deploy again.'
        : `Install it on the server: apt install ${debian.names.join(' ')}${debian.instead === null ? '' : `. Or name ${debian.instead} instead, which does without`}.`,
    fix: null,
  };
}

/** Names and signs that came with a version of Python. */
const came: [RegExp, string][] = [
  [
    /cannot import name '(StrEnum|verify|ReprEnum)' from 'enum'|cannot import name 'UTC' from 'datetime'|cannot import name '(Self|LiteralString|Never|Required|NotRequired|assert_never|reveal_type)' from 'typing'|cannot import name '(TaskGroup|timeout)' from 'asyncio'|module 'datetime' has no attribute 'UTC'|No module named 'tomllib'/,
    '3.11',
  ],
  [/cannot import name '(override|TypeAliasType)' from 'typing'|cannot import name 'batched' from 'itertools'/, '3.12'],
  [
    /cannot import name '(TypeAlias|ParamSpec|Concatenate|TypeGuard)' from 'typing'|cannot import name 'pairwise' from 'itertools'|unsupported operand type\(s\) for \|: '(type|_GenericAlias|\w+Meta)' and/,
    '3.10',
  ],
];
const signs: [RegExp, string][] = [
  [/^\s*match\s+[^=:]+:\s*$/, '3.10'],
  [/^\s*except\*\s/, '3.11'],
  [/^\s*type\s+\w+(\[[^\]]*\])?\s*=|^\s*(async\s+)?def\s+\w+\[|^\s*class\s+\w+\[/, '3.12'],
  [/\bf(["'])(?:(?!\1).)*\{[^}]*\1/, '3.12'],
];

export function newerPython(said: Said): Explained | null {
  if (
    /Missing parentheses in call to 'print'|name '(unicode|xrange|raw_input)' is not defined|invalid syntax.*print |No module named '(urllib2|ConfigParser|StringIO|cStringIO|Queue)'/.test(
      said.reason,
    )
  )
    return { what: 'The code is written for Python 2', hint: 'Servers have Python 3: it has to be translated first.', fix: null };
  let least = came.find(([pattern]) => pattern.test(said.reason))?.[1];
  if (least === undefined && /SyntaxError/.test(said.reason)) {
    const at = said.lines.reduce((last, line, index) => (/SyntaxError/.test(line) ? index : last), -1);
    const shown = said.lines.slice(Math.max(0, at - 4), Math.max(0, at));
    least = signs.find(([pattern]) => shown.some((line) => pattern.test(line)))?.[1];
  }
  if (least === undefined) return null;
  const python = pythonOf(said);
  return {
    what: `The code needs Python ${least} or newer${python === null ? '' : `; it ran with ${python}`}`,
    hint: `Choose Python ${least} or newer, where the server has it.`,
    fix: null,
    asks: { python: least },
  };
}

/** A package that could not be installed, where it is compiled in words of Debian's packages. */
export function notInstalled({ reason, text }: Said): Explained | null {
  const lacking = /No matching distribution found for ([^\s(]+)/.exec(reason)?.[1];
  if (lacking !== undefined)
    return {
      what: `No index has ${lacking} for the server's Python`,
      hint: 'See whether its name and version are right; a version may be made for another Python, and a package of your own may need an index of yours.',
      fix: null,
    };
  const name = /^(\S+) has no ready wheel/.exec(reason)?.[1] ?? /Failed building wheel for ([\w.-]+)|Could not build wheels for ([\w.-]+)/.exec(text)?.slice(1).find(Boolean);
  const key = name === undefined ? '' : normalName(name);
  const native = nativeOf(key);
  if (name === undefined || native === null) return null;
  const names = [...new Set(['build-essential', 'python3-dev', ...(native.build ?? []), ...(native.run ?? [])])];
  const instead = native.instead === undefined ? '' : `, or name ${native.instead} instead, which comes compiled`;
  return { what: `${name} is compiled on the server, which lacks what that takes`, hint: `Install it there: apt install ${names.join(' ')}${instead}.`, fix: null };
}
