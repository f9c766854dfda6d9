import zlib from 'node:zlib';

/** zlib's own, where the runtime has it (Node 20.15 and 22.2 on); without it only sizes are checked. */
const sumOf = (zlib as { crc32?: (part: Buffer, before: number) => number }).crc32;

/** The checksum of a file, part by part. */
export function crc32(): { add(part: Buffer): void; is(wanted: number): boolean } {
  let sum = 0;
  return {
    add: (part) => {
      if (sumOf !== undefined) sum = sumOf(part, sum);
    },
    is: (wanted) => sumOf === undefined || sum === wanted,
  };
}
