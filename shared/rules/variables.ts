import { utf8Length } from './names.ts';
import type { Rule } from './refine.ts';

/*
 * Rules for an app's variables, checked again on the host by forgekit/names.py with the same messages.
 * test/cases/variable-names.json and variable-values.json are run by both.
 */
const nameLength = 128;

/** execve refuses a string of 128 KiB, name and = included. Bytes. */
export const valueBytes = 100_000;
/** Of all values and names of an app together: the whole environment has to fit beside the arguments. Bytes. */
export const allBytes = 1_000_000;
export const mostVariables = 1000;

const ours = new Set('PATH HOME USER LOGNAME SHELL PORT SOCKET PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE FORGEBOARD_START'.split(' '));
const systemds = new Set(
  `NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LISTEN_FDNAMES WATCHDOG_PID WATCHDOG_USEC INVOCATION_ID JOURNAL_STREAM MAINPID
  CREDENTIALS_DIRECTORY RUNTIME_DIRECTORY STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY CONFIGURATION_DIRECTORY SYSTEMD_EXEC_PID`.split(/\s+/),
);
const loaders = new Set(
  `PYTHONHOME PYTHONSTARTUP PYTHONINSPECT PYTHONEXECUTABLE PYTHONPLATLIBDIR PYTHONUSERBASE GLIBC_TUNABLES GCONV_PATH
  LOCPATH NLSPATH MALLOC_TRACE BASH_ENV ENV IFS`.split(/\s+/),
);

export const variableNameRule: Rule = (value) => {
  const characters = [...value];
  if (value === '') return "the name is empty; a variable's name is like DATABASE_URL";
  if (characters.length > nameLength) return `the name has ${characters.length} characters; a variable's name has at most ${nameLength}`;
  for (const character of characters) {
    if (/^[A-Za-z0-9_]$/.test(character)) continue;
    return `the name contains ${/^[ -~]$/.test(character) ? `"${character}"` : code(character)}; only letters a to z, digits and _ are allowed`;
  }
  if (/^[0-9]/.test(value)) return `the name must start with a letter or _, not with "${characters[0]}"`;
  if (ours.has(value)) return `${value} is set by ForgeBoard itself`;
  if (systemds.has(value)) return `${value} belongs to systemd`;
  if (value.startsWith('LD_') || loaders.has(value)) return `${value} changes what programs load before the app's own code`;
  return null;
};

export const variableValueRule: Rule = (value) => {
  if (value.includes('\0')) return 'the value holds a NUL character, which no variable can';
  if (/\p{Surrogate}/u.test(value)) return 'the value is not valid Unicode';
  const strange = /\p{Noncharacter_Code_Point}/u.exec(value)?.[0];
  if (strange !== undefined) return `the value holds ${code(strange)}, which systemd does not pass on`;
  const size = utf8Length(value);
  if (size > valueBytes) return `the value has ${size} bytes; ${valueBytes} are the most`;
  return null;
};

const secretWords = /(^|_)(SECRETS?|TOKENS?|PASSWORDS?|PASSWD|PASSPHRASE|PWD|PASS|CREDENTIALS?|DSN|SALT|PEPPER|PRIVATE|SIGNATURE|AUTH)(_|$)|(^|_)KEYS?$|APIKEY|PASSWORD|SECRET/i;
const harmless = /(^|_)(PUBLIC|PUBLISHABLE)_|_(TTL|LIFETIME|TIMEOUT|EXPIRY|EXPIRES|MINUTES|SECONDS|DAYS|LENGTH|HEADER|NAME|URL|FILE|PATH|BACKEND|CLASS|ENABLED|REQUIRED)$/i;

/**
 * Whether a variable is kept as a secret where nobody says: by the words of its name, or since its value is an address with
 * a password in it, or a private key. Only a default; people change it.
 */
export function looksSecret(name: string, value = ''): boolean {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i.test(value)) return true;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value)) return true;
  return secretWords.test(name) && !harmless.test(name);
}

const code = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
