import { readFileSync } from 'node:fs';

/** The commands of the README, one line each; continued lines are joined, comments are gone. */
export function readmeCommands(): readonly string[] {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  return [...text.matchAll(/```bash\n(?<block>.*?)```/gs)].flatMap(({ groups }) =>
    (groups?.['block'] ?? '')
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}
