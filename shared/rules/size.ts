const units = ['kB', 'MB', 'GB'];

/** A number of bytes for people, in steps of 1000 as disks are sold: "4.2 MB", "512 bytes". */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const step = Math.min(Math.floor(Math.log10(bytes * 1.0005) / 3), units.length);
  const value = bytes / 1000 ** step;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[step - 1]}`;
}
