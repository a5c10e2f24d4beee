const LINES_A_REQUEST = 5000;
const CHARACTERS_A_REQUEST = 4_000_000;

/** @yields requests of bounded lines and size, in the given order. */
export function* inBatches(lines: Iterable<string>): Generator<string[]> {
  let batch: string[] = [];
  let characters = 0;
  for (const line of lines) {
    const isFull =
      batch.length === LINES_A_REQUEST || characters + line.length > CHARACTERS_A_REQUEST;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(line);
    characters += line.length;
  }
  if (batch.length > 0) yield batch;
}
