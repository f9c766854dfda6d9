/** Above this many pairs of lines two texts are shown as replaced whole, rather than searched for what they share. */
const mostPairs = 4_000_000;

/** What became of a line: kept, taken out or put in. */
type Line = { kind: ' ' | '-' | '+'; text: string };

/**
 * How one text becomes another as a unified diff, without its two head lines; "" where they are the same. Texts are compared
 * line by line; a missing end of the last line is said as diff(1) says it. null: there is no such file.
 */
export function unifiedDiff(before: string | null, after: string | null, context = 3): string {
  if (before === after) return '';
  const lines = compared(linesOf(before), linesOf(after));
  const shown = lines.map((_line, at) => lines.slice(Math.max(0, at - context), at + context + 1).some(({ kind }) => kind !== ' '));
  let [one, other] = [1, 1];
  let text = '';
  for (let at = 0; at < lines.length; at += 1) {
    if (shown[at] && !shown[at - 1]) {
      const until = shown.indexOf(false, at);
      const hunk = lines.slice(at, until < 0 ? undefined : until);
      const [minus, plus] = [hunk.filter(({ kind }) => kind !== '+').length, hunk.filter(({ kind }) => kind !== '-').length];
      text += `@@ -${range(one, minus)} +${range(other, plus)} @@\n`;
    }
    const { kind, text: line } = lines[at] as Line;
    if (shown[at]) text += `${kind}${line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`}`;
    if (kind !== '+') one += 1;
    if (kind !== '-') other += 1;
  }
  return text;
}

const range = (start: number, length: number) => `${length === 0 ? start - 1 : start}${length === 1 ? '' : `,${length}`}`;

const linesOf = (text: string | null) => (text ?? '').match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** By the longest common subsequence of what lies between the lines that both begin and end with. */
function compared(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const kept = (lines: readonly string[]) => lines.map((text): Line => ({ kind: ' ', text }));
  return [
    ...kept(before.slice(0, start)),
    ...between(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...kept(before.slice(before.length - end)),
  ];
}

function between(before: readonly string[], after: readonly string[]): Line[] {
  const gone = (text: string): Line => ({ kind: '-', text });
  const come = (text: string): Line => ({ kind: '+', text });
  if (before.length * after.length > mostPairs) return [...before.map(gone), ...after.map(come)];
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (one: number, other: number) => common[one * width + other] ?? 0;
  for (let one = before.length - 1; one >= 0; one -= 1) {
    for (let other = after.length - 1; other >= 0; other -= 1) {
      common[one * width + other] = before[one] === after[other] ? at(one + 1, other + 1) + 1 : Math.max(at(one + 1, other), at(one, other + 1));
    }
  }
  const lines: Line[] = [];
  let [one, other] = [0, 0];
  while (one < before.length || other < after.length) {
    if (one < before.length && before[one] === after[other]) {
      lines.push({ kind: ' ', text: before[one] as string });
      one += 1;
      other += 1;
    } else if (one < before.length && (other === after.length || at(one + 1, other) >= at(one, other + 1))) lines.push(gone(before[one++] as string));
    else lines.push(come(after[other++] as string));
  }
  return lines;
}
