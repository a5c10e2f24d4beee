import { beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../domain/errors.ts';
import { durationMs, epochMs, seconds } from '../../domain/units.ts';
import { callers, D, fakeReviewer, openMetricsApi, testPki, type TestPki } from './fixture.ts';
import { CART, PROTOBUF } from './row.ts';

let pki: TestPki;
beforeAll(async () => {
  pki = await testPki(epochMs(Date.now()));
});
const as = (who: keyof typeof callers, headers = {}) => ({
  as: pki.frontProxy,
  headers: { ...callers[who], ...headers },
});

describe('what dashboards for API servers look for', () => {
  const linesOf = (text: string): string[] =>
    text.split('\n').filter((line) => !/^#|^$/.test(line));

  test('is there beside our own, and names no metric, namespace or caller', async () => {
    await using api = await openMetricsApi(pki, {
      reviewer: fakeReviewer({
        async may(_, question) {
          if ('path' in question) return { allowed: true };
          if (question.resource === 'broken') throw refusal('REVIEW_FAILED', 'down');
          return { allowed: question.resource !== 'secret' };
        },
      }),
    });
    for (const metric of ['predicted-cpu', 'predicted-cpu', 'foo', 'secret', 'broken']) {
      await api.ask(CART.replace('predicted-cpu', metric), as('H'));
    }
    await api.ask(D, { ...as('M'), method: 'PATCH' });
    await api.ask(D, { ...as('M'), method: 'PROPFIND' });
    const { body } = await api.ask('/metrics', as('scraper'));
    const metric =
      'verb="LIST",group="external.metrics.k8s.io",version="v1beta1",resource="*",scope="namespace",component=""';
    const path = 'group="",version="",resource="",scope="",component=""';
    expect(linesOf(body)).toEqual(
      expect.arrayContaining([
        `apiserver_request_total{${metric},code="200"} 2`,
        `apiserver_request_total{${metric},code="404"} 1`,
        `apiserver_request_total{${metric},code="403"} 1`,
        `apiserver_request_total{${metric},code="500"} 1`,
        `apiserver_request_total{verb="PATCH",${path},code="405"} 1`,
        `apiserver_request_total{verb="other",${path},code="405"} 1`,
        `apiserver_request_duration_seconds_count{${metric}} 5`,
        'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
        'apiserver_current_inflight_requests{request_kind="mutating"} 0',
        'apiserver_delegated_authz_request_total{code="201"} 4',
        'apiserver_delegated_authz_request_total{code="<error>"} 1',
        'apiserver_delegated_authz_request_duration_seconds_count{code="<error>"} 1',
        'apiserver_client_certificate_expiration_seconds_bucket{le="86400"} 1',
        'metrics_apiserver_metric_freshness_seconds_count{group="external.metrics.k8s.io"} 2',
      ]),
    );
    expect(body).toMatch(/^# no metrics\n# HELP apiserver_request_total /);
    expect(body).not.toMatch(/predicted|shop|cart|horizontal/);
  });

  test('counts tokens that were reviewed', async () => {
    await using api = await openMetricsApi(pki);
    for (const token of ['valid', 'bad', 'down']) {
      await api.ask('/readyz', { headers: { authorization: `Bearer ${token}` } });
    }
    const { body } = await api.ask('/metrics', as('scraper'));
    expect(linesOf(body).filter((line) => line.includes('authn_request_total'))).toEqual([
      'apiserver_delegated_authn_request_total{code="201"} 2',
      'apiserver_delegated_authn_request_total{code="<error>"} 1',
    ]);
  });
});

describe('a provider that has to ask somebody else', () => {
  const value = {
    metricName: 'predicted-cpu',
    metricLabels: {},
    timestamp: '2026-01-02T03:04:05Z',
    window: 60,
    value: '1500m',
  };

  test('is waited for', async () => {
    await using api = await openMetricsApi(pki, { provider: { answer: async () => [value] } });
    const { status, body } = await api.ask(CART, as('H'));
    expect([status, JSON.parse(body)]).toMatchObject([200, { items: [value] }]);
  });

  test('may refuse', async () => {
    const answer = async () => Promise.reject(refusal('STORE_UNAVAILABLE', 'no'));
    await using api = await openMetricsApi(pki, { provider: { answer } });
    expect((await api.ask(CART, as('H'))).status).toBe(503);
  });

  test.each(['application/json', PROTOBUF])('that is late is 504 in %s', async (accept) => {
    const answer = () => new Promise<never>(() => {});
    const limits = { answerLimit: durationMs(20), reviewLimit: seconds(60) };
    await using api = await openMetricsApi(pki, { provider: { answer } }, limits);
    const { status, headers, body } = await api.ask(CART, as('H', { accept }));
    expect([status, headers['content-type'], headers['retry-after']]).toEqual([
      504,
      accept,
      undefined,
    ]);
    expect(body).toContain('request did not complete within requested timeout');
    expect(body).toContain('Timeout');
  });
});
