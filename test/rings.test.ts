import { expect, test } from 'vitest';
import { count } from './rings.ts';

test('counts what the runner reports; tests yet to be written are skipped ones', () => {
  const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };
  expect(count(JSON.stringify(report))).toEqual({ passed: 5, failed: 1, skipped: 3 });
});

test('a file that cannot be loaded is a failure, though none of its tests failed', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ];
  const report = { numPassedTests: 1, numFailedTests: 1, testResults };
  expect(count(JSON.stringify(report))).toEqual({ passed: 1, failed: 2, skipped: 0 });
});

test('a runner that wrote no report has counted nothing', () => {
  expect(count('{}')).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
