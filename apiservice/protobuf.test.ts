import { describe, expect, test } from 'vitest';
import { forecastStale, refusal } from '../domain/errors.ts';
import type { MetricValue } from '../domain/metric.ts';
import { GROUP, GROUP_VERSION, LIST_KIND } from './group.ts';
import { protobufOf } from './protobuf.ts';
import { API_GROUP, API_RESOURCE_LIST } from './resources.ts';
import { status, toStatus } from './status.ts';

/* Golden: what a server of the Go library answers, byte for byte (metrics-api.md 3). */

const HEADER =
  '6b3873000a3a0a1f65787465726e616c2e6d6574726963732e6b38732e696f2f76316265746131121745787465726e616c4d657472696356616c75654c697374';
const list = (items: readonly MetricValue[]) =>
  protobufOf({ kind: LIST_KIND, apiVersion: GROUP_VERSION, metadata: {}, items }).toString('hex');
const value: MetricValue = {
  metricName: 'm',
  metricLabels: { a: 'b' },
  timestamp: '2026-01-02T03:04:05Z',
  window: 60,
  value: '1500m',
};

describe('a list', () => {
  test('of one value', () => {
    expect(list([value])).toBe(
      `${HEADER}122a0a060a0012001a0012200a016d12060a01611201621a0808a5ebdcca061000203c2a070a05313530306d1a002200`,
    );
  });

  test('of nothing', () => {
    expect(list([])).toBe(`${HEADER}12080a060a0012001a001a002200`);
  });

  test('has its labels in their order, however they stand', () => {
    const [one, other] = [
      { a: '1', b: '2' },
      { b: '2', a: '1' },
    ].map((metricLabels) => list([{ ...value, metricLabels }]));
    expect(one).toBe(other);
  });

  test('may hold more than a byte can count', () => {
    const long = 'x'.repeat(300);
    const bytes = list([{ ...value, metricName: long, window: 86_400 }]);
    expect(bytes).toContain(`0aac02${Buffer.from(long).toString('hex')}`);
    expect(bytes).toContain('2080a305');
  });
});

describe('a failure', () => {
  const hex = (...about: Parameters<typeof status>) => protobufOf(status(...about)).toString('hex');

  test('that names what there is not', () => {
    const details = { name: 'm', group: GROUP };
    expect(hex({ code: 404, reason: 'NotFound', message: 'no', details })).toBe(
      '6b3873000a0c0a027631120653746174757312460a060a0012001a0012074661696c7572651a026e6f22084e6f74466f756e64' +
        '2a220a016d121765787465726e616c2e6d6574726963732e6b38732e696f1a00280032003094031a002200',
    );
  });

  test('with its cause', () => {
    const stale = forecastStale('cart', 'issued 2026-11-02T03:45:00Z, limit 6h');
    expect(protobufOf(toStatus(stale, 'predicted-cpu')).toString('hex')).toBe(
      '6b3873000a0c0a027631120653746174757312c3010a060a0012001a0012074661696c7572651a2a74686520666f72656361737420666f7220636f6d706f6e656e' +
        '7420226361727422206973207374616c65221253657276696365556e617661696c61626c652a6d0a0463617274121765787465726e616c2e6d6574726963732e6b' +
        '38732e696f1a0d7072656469637465642d63707522390a0e464f5245434153545f5354414c45122569737375656420323032362d31312d30325430333a34353a30' +
        '305a2c206c696d69742036681a002800320030f7031a002200',
    );
  });

  test('without details has none', () => {
    expect(protobufOf(toStatus(refusal('RATE_LIMITED', 'no'))).toString('hex')).toBe(
      '6b3873000a0c0a027631120653746174757312290a060a0012001a0012074661696c7572651a026e6f220f546f6f4d616e79526571756573747330ad031a002200',
    );
  });
});

describe('discovery', () => {
  const hexOf = (text: string): string => Buffer.from(text).toString('hex');
  const version = `0a1f${hexOf(GROUP_VERSION)}1207${hexOf('v1beta1')}`;

  test('of the resources, each as Go writes one', () => {
    const resource = `0a0f${hexOf('externalmetrics')}10011a17${hexOf(LIST_KIND)}22050a03${hexOf('get')}320042004a005200`;
    expect(protobufOf(API_RESOURCE_LIST).toString('hex')).toBe(
      `6b3873000a150a027631120f${hexOf('APIResourceList')}125e0a1f${hexOf(GROUP_VERSION)}123b${resource}1a002200`,
    );
  });

  test('of the group', () => {
    expect(protobufOf(API_GROUP).toString('hex')).toBe(
      `6b3873000a0e0a0276311208${hexOf('APIGroup')}12710a17${hexOf(GROUP)}122a${version}1a2a${version}1a002200`,
    );
  });
});
