import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { epochMs } from '../domain/units.ts';
import { telegrafLines } from './import-telegraf.ts';

const HEADER = ',result,table,_time,_value,_field,namespace,pod_name';
const at = '2026-11-24T10:00:00Z';
const row = (value: string, field: string) => `,_result,0,${at},${value},${field},shop,db-0`;

/** The lines made of one day of which InfluxDB says this. */
async function linesOf(...answer: readonly string[]): Promise<string[]> {
  const server = createServer((_, response) => void response.end(answer.join('\r\n')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const place = { url: `http://127.0.0.1:${port}`, org: 'o', bucket: 'b', token: 't', days: 1 };
  const now = epochMs(Date.parse('2026-11-24T12:00:00Z'));
  try {
    const lines: string[] = [];
    for await (const line of telegrafLines(place, now, new AbortController().signal)) {
      lines.push(line);
    }
    return lines;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a place without a value is a gap, never a zero', async () => {
  const cpu = row('1000000000', 'cpu_usage_nanocores');
  const whole = await linesOf(HEADER, cpu, row('100', 'memory_working_set_bytes'));
  const gap = await linesOf(HEADER, cpu, row('', 'memory_working_set_bytes'));
  expect(whole.at(-1)).toMatch(/,1,100$/);
  expect(gap.at(-1)).toMatch(/,1,$/);
});

test('a row that does not say whose it is is left out', async () => {
  const cpu = row('1000000000', 'cpu_usage_nanocores');
  const some = await linesOf(HEADER, cpu, cpu.replace('shop', ''), cpu.replace('db-0', ''));
  expect(some).toEqual(await linesOf(HEADER, cpu));
});

test('an answer that fails on the way is refused, not taken for all there is', async () => {
  const cpu = row('1000000000', 'cpu_usage_nanocores');
  const answer = linesOf(HEADER, cpu, '', ',error,reference', ',out of memory,1');
  await expect(answer).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringContaining('out of memory'),
  });
});
