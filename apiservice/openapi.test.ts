import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { openApiDocuments } from './openapi.ts';

const documents = openApiDocuments();
const bodies = {
  'openapi-v2': String(documents.v2().body),
  'openapi-v3': String(documents.v3Document(undefined, undefined, '').body),
};

test.each(Object.entries(bodies))('%s is valid', async (_, body) => {
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(body))).toEqual({ valid: true });
});

test.each(Object.entries(bodies))('%s is what was read last', async (name, body) => {
  const indented = `${JSON.stringify(JSON.parse(body), undefined, 2)}\n`;
  await expect(indented).toMatchFileSnapshot(`golden/${name}.json.txt`);
});

test('every definition has a name that no other server uses', () => {
  const { definitions } = JSON.parse(bodies['openapi-v2']) as { definitions: object };
  for (const name of Object.keys(definitions)) {
    expect(name).toMatch(/^io\.k8s\.metrics\.pkg\.apis\.external_metrics\.v1beta1\./);
  }
});

test('operations have names of their own', () => {
  const ids = [
    ...Object.values(bodies)
      .join('')
      .matchAll(/"operationId":"(\w+)"/g),
  ].map(([, id]) => id);
  expect(new Set(ids).size).toBe(2);
});
