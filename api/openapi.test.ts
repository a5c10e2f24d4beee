import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { openRig } from '../test/api-rig.ts';

type Operation = { readonly operationId?: string; readonly responses: object };
type Document = Record<string, unknown> & {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
};

const documentAt = async (url: string): Promise<Document> => {
  await using rig = await openRig();
  return (await rig.get(url)).json<Document>();
};

test('the published contract is the one on file', async () => {
  const document = await documentAt('/v1/api-export');
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('./openapi.json');
});

// D13: the original's document was invalid, `components:` had become `serviceComponents:`.
test.each([
  ['/v1/api-export', '3.0.3'],
  ['/openapi.json', '3.1.0'],
])('D13 the document at %s is valid OpenAPI %s', async (url, version) => {
  const document = await documentAt(url);
  const { valid, errors } = await new Validator().validate(document);
  expect([document.openapi, errors, valid]).toEqual([version, undefined, true]);
});

test('D13 every call of the contract and every job is in the document', async () => {
  const { paths } = await documentAt('/v1/api-export');
  const calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(calls.toSorted()).toEqual([
    'GET /openapi.json',
    'GET /v1/api-export',
    'GET /v1/components',
    'GET /v1/components/{namespace}/{name}',
    'GET /v1/components/{namespace}/{name}/decisions',
    'GET /v1/components/{namespace}/{name}/forecast',
    'GET /v1/components/{namespace}/{name}/history',
    'GET /v1/components/{namespace}/{name}/quality',
    'GET /v1/health',
    'GET /v1/inference',
    'GET /v1/inference/runs',
    'GET /v1/runs/{id}',
    'GET /v1/train',
    'GET /v1/train-values',
    'GET /v1/train/runs',
    'GET /version',
    'POST /v1/components',
    'POST /v1/inference/runs',
    'POST /v1/train-values',
    'POST /v1/train/runs',
  ]);
});

test('every operation has a name of its own', async () => {
  const { paths } = await documentAt('/v1/api-export');
  const names = Object.values(paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId),
  );
  expect(names).not.toContain(undefined);
  expect(new Set(names).size).toBe(names.length);
});
