// A tar archive that depends on names and contents alone: no time, no owner, and the order of the names. The format is
// POSIX ustar.
import { gzipSync } from 'node:zlib';

export interface TarFile {
  /** At most 100 bytes. */
  readonly name: string;
  readonly content: Buffer;
}

const BLOCK = 512;
/** 2000-01-01 UTC, in seconds: some programs complain of files from 1970. */
const TIME = 946_684_800;

/** The archive, packed by gzip. */
export function tarGz(files: readonly TarFile[]): Buffer {
  const sorted = files.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const blocks = sorted.flatMap(({ name, content }) => [header(name, content.length), padded(content)]);
  const end = Buffer.alloc(2 * BLOCK);
  // Node writes no name and no time into the header of gzip.
  return gzipSync(Buffer.concat([...blocks, end]), { level: 9 });
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`${name} is too long a name for a tar archive`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(TIME, 12), 136);
  // The checksum is counted with spaces in its own place.
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\u{0}00', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u{0} `, 148, 'latin1');
  return block;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\u{0}`;
}
