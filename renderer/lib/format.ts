/** "0.9 s", "12 s", "3 min 4 s": under ten seconds one decimal, under a tenth two. */
export function seconds(ms: number): string {
  const value = ms / 1000;
  if (ms > 0 && ms < 9.5) return `${Math.max(1, Math.round(ms))} ms`;
  if (value < 0.995) return `${value.toFixed(2)} s`;
  if (value < 9.95) return `${value.toFixed(1)} s`;
  if (value < 60) return `${Math.round(value)} s`;
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

/** "212 MB", "4.9 GB": three digits at most, in powers of ten as disks are sold. */
export function bytes(value: number): string {
  const [number, unit] = bytesParts(value);
  return `${number} ${unit}`;
}

export function bytesParts(value: number): [number: string, unit: string] {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let [rest, unit] = [value, 0];
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return [unit === 0 || rest >= 99.5 ? String(Math.round(rest)) : rest >= 9.95 ? rest.toFixed(rest % 1 === 0 ? 0 : 1).replace(/\.0$/, '') : rest.toFixed(1), units[unit] ?? 'TB'];
}

export const percent = (share: number) => `${Math.round(share * 100)} %`;

/** How long something lasts: "2 h 8 min", "63 days". */
export function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return days === 1 ? '1 day' : `${days} days`;
}

/** "just now", "18 min ago", "yesterday", "3 d ago", "11 May". */
export function ago(iso: string, now: number): string {
  const then = Date.parse(iso);
  const past = now - then;
  if (past < 10_000) return 'just now';
  if (past < 60_000) return `${Math.floor(past / 1000)} s ago`;
  if (past < 3_600_000) return `${Math.floor(past / 60_000)} min ago`;
  const day = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  const days = Math.round((day(now) - day(then)) / 86_400_000);
  if (days === 0) return `${Math.floor(past / 3_600_000)} h ago`;
  if (days === 1) return 'yesterday';
  if (days < 30) return `${days} d ago`;
  return new Date(then).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}

/** The clock of this laptop: "14:32:07", with the day where it is another. */
export function clock(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

export const clockOfDay = (iso: string, withMs = false) => {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}${withMs ? `.${String(time.getMilliseconds()).padStart(3, '0')}` : ''}`;
};

/** "1 app", "14 apps". */
export const count = (number: number, one: string, many = `${one}s`) => `${number.toLocaleString('en-GB')} ${number === 1 ? one : many}`;

/** With a capital letter, where it stands alone: rules and servers speak in parts of sentences. */
export const sentence = <Text extends string | null>(text: Text) => (text === null ? null : text.charAt(0).toUpperCase() + text.slice(1)) as Text extends null ? null : string;
