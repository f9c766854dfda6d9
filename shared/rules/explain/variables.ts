import type { Explained, Said } from './said.ts';
import { looksSecret, variableNameRule } from '../variables.ts';

/** One group: the name. The line itself says that it is about the environment. */
const named: RegExp[] = [
  /UndefinedValueError: (\w+) not found/,
  /EnvError: Environment variable "(\w+)" not set/,
  /ImproperlyConfigured: Set the (\w+) environment variable/,
  /ImproperlyConfigured: The (SECRET_KEY) setting must not be empty/,
  /(?:environment variable|env(?:ironment)? var(?:iable)?)\s+["'`]?([A-Z][A-Z0-9_]{2,})["'`]?/i,
  /["'`]?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)["'`]?\s+(?:environment variable|env(?:ironment)? var(?:iable)?|is not set|not set|must be set|is required|is missing|is not defined|not found in (?:the )?environment)/,
  /(?:missing|set|define|provide)\s+(?:required\s+)?(?:the\s+)?["'`]?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b/i,
];

export function missingVariable({ reason, lines, text }: Said): Explained | null {
  const settings = pydanticFields(lines);
  if (settings.length > 0) return wanted(settings);
  const key = /KeyError: ['"]([A-Z][A-Z0-9_]{2,})['"]/.exec(reason)?.[1];
  if (key !== undefined && /environ|getenv|os\.py/.test(text)) return wanted([key]);
  if (/DJANGO_SETTINGS_MODULE/.test(reason)) return wanted(['DJANGO_SETTINGS_MODULE'], 'It is the module of the settings, such as project.settings.');
  // Of what was merely printed not every mention of a name is a complaint.
  for (const pattern of named) {
    const name = pattern.exec(reason)?.[1];
    if (name !== undefined && variableNameRule(name) === null && /Error|Exception|ImproperlyConfigured|Exit|required|missing|not set|must/.test(reason)) return wanted([name]);
  }
  return null;
}

function wanted(names: readonly string[], more = ''): Explained {
  const [first = ''] = names;
  const one = names.length === 1;
  return {
    what: `The code reads ${names.join(', ')}, which ${one ? 'is' : 'are'} not set`,
    hint: `Give ${one ? 'it' : 'each'} a value, then deploy again.${more === '' ? '' : ` ${more}`}`,
    fix: { label: `Set ${first}`, variable: { name: first, secret: looksSecret(first) }, settings: null },
  };
}

/** The fields that pydantic settings lack, each on the line before it says so. */
function pydanticFields(lines: readonly string[]): string[] {
  const found: string[] = [];
  for (const [index, line] of lines.entries()) {
    const name = /^\s*([A-Za-z_][\w.]*)\s*$/.exec(lines[index - 1] ?? '')?.[1];
    if (name !== undefined && /^\s+(Field required|field required) [[(](type=missing|type=value_error\.missing)/.test(line)) found.push(name.replaceAll('.', '__').toUpperCase());
  }
  return lines.some((line) => /validation errors? for /.test(line)) ? [...new Set(found)].slice(0, 10) : [];
}

export function refusedHost({ text }: Said): Explained | null {
  const name = /Invalid HTTP_HOST header: ['"]([^'"]+)['"]/.exec(text)?.[1];
  if (name === undefined) return null;
  return {
    what: `Django refuses the name ${name}: it is not among its ALLOWED_HOSTS`,
    hint: `Put ${name}, and the app's domains, into ALLOWED_HOSTS; a name that begins with a dot stands for all below it.`,
    fix: null,
  };
}
