const AT_ONCE = 500;

/** Does something with each item, in order; after every 500 whoever else waits for the process has a turn. */
export async function inSlices<T>(items: Iterable<T>, each: (item: T) => void): Promise<void> {
  let done = 0;
  for (const item of items) {
    each(item);
    done += 1;
    if (done % AT_ONCE === 0) await aTurn();
  }
}

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
