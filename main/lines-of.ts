import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { refusal } from '../domain/errors.ts';

/**
 * The lines of a file that the user named with `--input`.
 *
 * @yields each line.
 * @throws {SelfScalingError} `REQUEST_INVALID` when it cannot be read.
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, 'utf8');
  try {
    yield* createInterface({ input: stream, crlfDelay: Infinity });
  } catch (cause) {
    throw refusal(
      'REQUEST_INVALID',
      `${file}: cannot be read; name an existing file with --input`,
      {
        cause,
      },
    );
  }
}
