import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packIssue } from '../domain/packed-forecast.ts';
import { aForecast, anIssue } from '../test/builders.ts';
import { issueDocument, parseIssue } from './issue-document.ts';

const finite = fc.double({ min: 0, max: 1e12, noNaN: true });
const rows = fc.integer({ min: 1, max: 8 }).chain((horizon) =>
  fc.array(fc.array(finite, { minLength: horizon, maxLength: horizon }), {
    minLength: 2,
    maxLength: 2,
  }),
);

test('an issue is read back equal, bit for bit', () => {
  fc.assert(
    fc.property(rows, (values) => {
      const forecast = aForecast(1, {
        levels: [0.5, 0.975],
        values: values.map((row) => Float64Array.from(row)),
      });
      const issue = packIssue(anIssue({ issued: { ...anIssue().issued, forecast } }));
      expect(parseIssue(issue, issueDocument(issue))).toEqual(issue);
    }),
  );
});

test('two days at eleven levels take less than 6 kB', () => {
  expect(issueDocument(packIssue(anIssue())).length).toBeLessThan(6200);
});

const issue = packIssue(anIssue());
const changed = (about: object): string =>
  JSON.stringify({ ...JSON.parse(issueDocument(issue)), ...about });

test.each([
  ['is not JSON', '{'],
  ['is no object', '[]'],
  ['is of another version', changed({ v: 2 })],
  ['has no start', changed({ start: null })],
  ['has steps of no length', changed({ step: 0 })],
  ['has no levels', changed({ levels: [], scales: [] })],
  ['has levels that do not ascend', changed({ levels: issue.levels.toReversed() })],
  ['has a level of 1', changed({ levels: [...issue.levels.slice(1), 1] })],
  ['has fewer scales than levels', changed({ scales: [1] })],
  ['has a negative scale', changed({ scales: [...issue.scales].fill(-1) })],
  ['has no values', changed({ values: '' })],
  ['has values that are cut', changed({ values: changed({}).slice(-100, -2) })],
  ['has half a value', changed({ values: 'AAAA' })],
  ['does not name its model', changed({ model: 7 })],
])('a document that %s is no forecast', (_, doc) => {
  expect(parseIssue(issue, doc)).toBeUndefined();
});
