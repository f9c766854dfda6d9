/** Numbers of a version; what follows them (rc1, .post1, +local) does not count here. */
const numbers = (version: string): number[] => (/^\s*v?(?:\d+!)?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? '0').split('.').map(Number);

/** Less than 0 where the first is older. */
export function compareVersions(one: string, other: string): number {
  const [first, second] = [numbers(one), numbers(other)];
  for (let at = 0; at < Math.max(first.length, second.length); at += 1) {
    const difference = (first[at] ?? 0) - (second[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version lies in a range like ">=3.9,<4", "~=3.11", "3.11.*", "^3.9", "~3.9" or ">=3.9 || ^4"; what cannot be read lets all pass. */
export function admits(range: string, version: string): boolean {
  return range.split('||').some((part) =>
    part
      .split(/[,\s]+(?=[<>=!~^\d])/)
      .map((one) => one.trim())
      .filter((one) => one !== '' && one !== '*')
      .every((one) => meets(one, version)),
  );
}

function meets(clause: string, version: string): boolean {
  const [, operator = '', given = ''] = /^(===?|~=|!=|<=|>=|<|>|\^|~)?\s*(\d[\w.*+!-]*)$/.exec(clause) ?? [];
  if (given === '') return true;
  const base = given.replace(/\.\*.*$/, '');
  const isPart = given.includes('*');
  const difference = compareVersions(version, base);
  const begins = numbers(base).every((number, at) => number === (numbers(version)[at] ?? 0));
  const under = (parts: number): boolean => {
    const upper = numbers(base).slice(0, parts);
    upper[upper.length - 1] = (upper[upper.length - 1] ?? 0) + 1;
    return compareVersions(version, upper.join('.')) < 0;
  };
  switch (operator) {
    case '>=':
      return difference >= 0;
    case '<=':
      return difference <= 0 || (isPart && begins);
    case '>':
      return difference > 0 && !(isPart && begins);
    case '<':
      return difference < 0;
    case '!=':
      return isPart ? !begins : difference !== 0;
    case '~=':
      return difference >= 0 && under(Math.max(1, numbers(base).length - 1));
    case '^':
      return difference >= 0 && under(1);
    case '~':
      return difference >= 0 && under(Math.min(2, numbers(base).length));
    default:
      // A Python is asked for by its first two numbers: 3.11 stands for each 3.11.x.
      return isPart || operator === '' ? begins : difference === 0 || (numbers(base).length === 2 && begins);
  }
}
