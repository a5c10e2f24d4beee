/** Label names and values, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

type Series = { readonly labels: string; value: number };
type Distribution = {
  readonly labels: string;
  /** Observations at most as large as each bound, and the rest; not yet added up. */
  readonly counts: number[];
  sum: number;
};

/** Counts by labels, as Prometheus reads them; without a value yet it has no series. */
export function counter(name: string, help: string) {
  const all = new Map<string, Series>();
  return {
    /** @param key names the labels: they are made once for each. */
    add(key: string, labels: () => Labels): void {
      const known = all.get(key);
      if (known !== undefined) known.value += 1;
      else all.set(key, { labels: written(labels()), value: 1 });
    },
    text: (): string =>
      head(name, help, 'counter') +
      [...all.values()].map(({ labels, value }) => `${name}${braced(labels)} ${value}\n`).join(''),
  };
}

/** Distributions by labels, as Prometheus reads them. */
export function histogram(name: string, help: string, bounds: readonly number[]) {
  const all = new Map<string, Distribution>();
  const linesOf = ({ labels, counts, sum }: Distribution): string => {
    let total = 0;
    const lines = [...bounds.map(String), '+Inf'].map((bound, at) => {
      total += counts[at] ?? 0;
      return `${name}_bucket${braced(labels, `le="${bound}"`)} ${total}\n`;
    });
    const inAll = `${name}_sum${braced(labels)} ${sum}\n${name}_count${braced(labels)} ${total}\n`;
    return lines.join('') + inAll;
  };
  return {
    /** @param key names the labels: they are made once for each. */
    observe(key: string, labels: () => Labels, value: number): void {
      let found = all.get(key);
      if (found === undefined) {
        found = { labels: written(labels()), counts: [...bounds, 0].fill(0), sum: 0 };
        all.set(key, found);
      }
      const { counts } = found;
      let at = 0;
      while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
      counts[at] = (counts[at] ?? 0) + 1;
      found.sum += value;
    },
    text: (): string => head(name, help, 'histogram') + [...all.values()].map(linesOf).join(''),
  };
}

/** What stands at one moment. */
export const gauge = (name: string, help: string, values: readonly [Labels, number][]): string =>
  head(name, help, 'gauge') +
  values.map(([labels, value]) => `${name}${braced(written(labels))} ${value}\n`).join('');

const head = (name: string, help: string, type: string): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

const written = (labels: Labels): string =>
  Object.entries(labels)
    .map(([label, value]) => `${label}="${value.replaceAll(/[\\"\n]/g, escaped)}"`)
    .join(',');

const escaped = (character: string): string => (character === '\n' ? '\\n' : `\\${character}`);

const braced = (...labels: readonly string[]): string => {
  const all = labels.filter((each) => each !== '').join(',');
  return all === '' ? '' : `{${all}}`;
};
