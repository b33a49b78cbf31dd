// Cuts a stream of bytes into lines. A watch sends one JSON document per line; a line may come in many pieces,
// and a piece may end in the middle of a character.

const NEWLINE = 0x0a;

/** etcd refuses objects beyond 1.5 MiB; what is longer than this is no event. */
const LINE_LIMIT = 4 * 1024 * 1024;

export class LineTooLongError extends Error {
  constructor(limit: number) {
    super(`a line of the watch exceeds ${limit} bytes`);
    this.name = 'LineTooLongError';
  }
}

/** Returns the function to feed with chunks. What is left when the stream ends was cut off, and is dropped. */
export function createLineSplitter(
  onLine: (line: string) => void,
  limit = LINE_LIMIT,
): (chunk: Buffer) => void {
  let pieces: Buffer[] = [];
  let held = 0;

  const keep = (piece: Buffer): void => {
    held += piece.length;
    if (held > limit) throw new LineTooLongError(limit);
    if (piece.length > 0) pieces.push(piece);
  };

  const take = (piece: Buffer): string => {
    keep(piece);
    const whole = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    held = 0;
    return whole?.toString('utf8') ?? '';
  };

  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = take(chunk.subarray(start, end));
      start = end + 1;
      if (line.trim() !== '') onLine(line);
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  };
}
