import { ALL_SETTINGS } from './schema.ts';

/** The table of all settings, for docs/CONFIGURATION.md: generated, so that it cannot be wrong. */
export function settingsTable(): string {
  const rows = ALL_SETTINGS.map(({ path, environment, setting }) => {
    const fallback = setting.written === '' ? '' : `\`${setting.written}\``;
    return `| \`${path}\` | \`${environment}\` | ${fallback} | ${setting.says} |`;
  });
  return [
    '| setting | in the environment | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
