/** What a configuration says about one host: for each keyword (lower case) the values that count, as `ssh -G` prints them. */
export type Values = Map<string, string[]>;

/** How many there may be: `first` wins; of `each` all count, once; a `list` is the first line with all its arguments. */
type Count = 'first' | 'each' | 'list';
interface Kind {
  count: Count;
  /** The whole line and not its first word. */
  whole?: boolean;
  /** In the one form that ssh prints; undefined where ssh would stop at it. */
  read?: (text: string) => string | undefined;
  /** A value that ssh takes for none at all, so that a later one counts. */
  none?: string;
}

const flag = (yes: string, no: string) => (text: string) => (/^(yes|true)$/i.test(text) ? yes : /^(no|false)$/i.test(text) ? no : undefined);
const number = (text: string): string | undefined => (/^\d{1,9}$/.test(text) ? String(Number(text)) : undefined);
const port = (text: string): string | undefined => (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536 ? String(Number(text)) : undefined);
const strict = (text: string): string | undefined =>
  flag('true', 'false')(text) ?? (/^off$/i.test(text) ? 'false' : /^(ask|accept-new)$/i.test(text) ? text.toLowerCase() : undefined);

const units: Record<string, number> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** ssh's times: 90, 1m30s, 2h. */
function seconds(text: string): string | undefined {
  if (text.toLowerCase() === 'none') return 'none';
  if (!/^(\d{1,9}[smhdw]?)+$/i.test(text)) return undefined;
  let sum = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+)([smhdw]?)/gi)) sum += Number(amount) * (units[unit.toLowerCase()] ?? 1);
  return String(sum);
}

/** The keywords that ForgeBoard reads; whatever else stands in a file is passed over. */
export const kinds: Readonly<Record<string, Kind>> = {
  hostname: { count: 'first' },
  user: { count: 'first' },
  port: { count: 'first', read: port },
  identityfile: { count: 'each' },
  certificatefile: { count: 'each' },
  identitiesonly: { count: 'first', read: flag('yes', 'no') },
  identityagent: { count: 'first' },
  proxyjump: { count: 'first', whole: true },
  proxycommand: { count: 'first', whole: true },
  hostkeyalias: { count: 'first', read: (text) => text.toLowerCase() },
  hostkeyalgorithms: { count: 'first' },
  userknownhostsfile: { count: 'list' },
  globalknownhostsfile: { count: 'list' },
  knownhostscommand: { count: 'first', whole: true },
  stricthostkeychecking: { count: 'first', read: strict },
  updatehostkeys: { count: 'first', read: (text) => flag('true', 'false')(text) ?? (/^ask$/i.test(text) ? 'ask' : undefined) },
  verifyhostkeydns: { count: 'first', read: (text) => flag('true', 'false')(text) ?? (/^ask$/i.test(text) ? 'ask' : undefined) },
  connecttimeout: { count: 'first', read: seconds, none: 'none' },
  serveraliveinterval: { count: 'first', read: seconds },
  serveralivecountmax: { count: 'first', read: number },
  addressfamily: { count: 'first', read: (text) => text.toLowerCase() },
  bindaddress: { count: 'first' },
  bindinterface: { count: 'first' },
  preferredauthentications: { count: 'first' },
  forwardagent: { count: 'first' },
  pubkeyauthentication: { count: 'first', read: (text) => flag('true', 'false')(text) ?? text.toLowerCase() },
  passwordauthentication: { count: 'first', read: flag('yes', 'no') },
  kbdinteractiveauthentication: { count: 'first', read: flag('yes', 'no') },
  canonicalizehostname: { count: 'first', read: (text) => flag('true', 'false')(text) ?? text.toLowerCase() },
  localforward: { count: 'each', whole: true },
  remoteforward: { count: 'each', whole: true },
  dynamicforward: { count: 'each', whole: true },
  permitlocalcommand: { count: 'first', read: flag('yes', 'no') },
  localcommand: { count: 'first', whole: true },
  remotecommand: { count: 'first', whole: true },
};

const others: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  globalknownhostsfile2: '',
  userknownhostsfile2: '',
};

/**
 * Adds a line's value where it counts. Returns what is wrong with it, where ssh would stop and say so.
 */
export function take(values: Values, keyword: string, args: readonly string[], rest: string): string | undefined {
  const name = others[keyword] ?? keyword;
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) return undefined;
  const written = kind.count === 'list' ? [...args] : [kind.whole === true ? rest : (args[0] ?? '')];
  if (written[0] === undefined || written[0] === '') return `${keyword} has no value`;
  const read = written.map((text) => (kind.read ?? ((same: string) => same))(text));
  if (read.includes(undefined)) return `${keyword} cannot be “${written.join(' ')}”`;
  if (kind.none !== undefined && read[0] === kind.none) return undefined;
  const known = values.get(name);
  if (known === undefined) {
    // Whichever of these two comes first keeps the other out.
    if ((name === 'proxyjump' && values.has('proxycommand')) || (name === 'proxycommand' && values.has('proxyjump'))) return undefined;
    values.set(name, read as string[]);
  } else if (kind.count === 'each' && !known.includes(read[0] as string)) known.push(read[0] as string);
  return undefined;
}

/** What `ssh -G` printed, as the same. */
export function printed(text: string): Values {
  const values: Values = new Map();
  for (const line of text.split(/\r?\n/)) {
    const [, keyword = '', value = ''] = /^([A-Za-z0-9]+) (.*)$/.exec(line) ?? [];
    const name = keyword.toLowerCase();
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined || value === '') continue;
    // A path with a space cannot be told from two: ssh prints it so.
    const parts = kind.count === 'list' ? value.split(' ') : [value];
    values.set(name, kind.count === 'each' ? [...(values.get(name) ?? []), ...parts] : parts);
  }
  return values;
}
