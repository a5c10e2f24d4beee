import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allBoards } from '../../chart/grafana/all.ts';

const DASHBOARDS = resolve(import.meta.dirname, '../../chart/dashboards');

describe.each(allBoards())('the board $file', ({ file, json }) => {
  test('is checked in as the code makes it (run: npm run accept)', async () => {
    const text = `${JSON.stringify(json, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(DASHBOARDS, file));
  });

  test('has panels with a title, a description, a unit, a data source and a query', () => {
    const text = JSON.stringify(json.panels);
    const panels = JSON.parse(text) as readonly {
      readonly id: number;
      readonly title: string;
      readonly description: string;
      readonly datasource: unknown;
      readonly fieldConfig: { readonly defaults: { readonly unit: string } };
      readonly targets: readonly { readonly query: string; readonly dataqueryName?: string }[];
    }[];
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, description, datasource, fieldConfig, targets } of panels) {
      expect(title).not.toBe('');
      expect(description).toMatch(/\.$/);
      expect(fieldConfig.defaults.unit).not.toBe('');
      expect(datasource).toEqual({ type: 'influxdb', uid: '${datasource}' });
      expect(targets.length).toBeGreaterThan(0);
    }
    expect(text).not.toContain('dataqueryName');
  });
});
