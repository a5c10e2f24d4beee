import type { MetricValue } from '../domain/metric.ts';
import { parseRfc3339 } from '../domain/units.ts';
import type { Served } from './served.ts';
import type { Status } from './status.ts';

/**
 * An object as Kubernetes writes it in protobuf: four letters, then an `Unknown` with the type and the
 * object. Fields stand in the order of their numbers and are written even when they are empty.
 * @see kubernetes/apimachinery:pkg/runtime/serializer/protobuf/protobuf.go and the `generated.proto` of each type
 */
export function protobufOf(object: Served): Buffer {
  const typeMeta = [text(1, object.apiVersion), text(2, object.kind)];
  const unknown = [message(1, typeMeta), bytes(2, bodyOf(object)), text(3, ''), text(4, '')];
  return Buffer.concat([MAGIC, ...unknown]);
}

const MAGIC = Buffer.from('k8s\0', 'latin1');
const MILLISECONDS = 1000;
const VARINT = 0;
const LENGTH_DELIMITED = 2;

function bodyOf(object: Served): Buffer {
  switch (object.kind) {
    case 'ExternalMetricValueList':
      return joined([LIST_META, ...object.items.map((item) => message(2, valueOf(item)))]);
    case 'Status':
      return joined(statusOf(object));
    case 'APIResourceList':
      return joined([
        text(1, object.groupVersion),
        ...object.resources.map((resource) => message(2, resourceOf(resource))),
      ]);
    case 'APIGroup':
      return joined([
        text(1, object.name),
        ...object.versions.map((version) => message(2, versionOf(version))),
        message(3, versionOf(object.preferredVersion)),
      ]);
    default:
      return object satisfies never;
  }
}

function valueOf({ metricName, metricLabels, timestamp, window, value }: MetricValue): Buffer[] {
  const labels = Object.entries(metricLabels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const issued = Math.floor((parseRfc3339(timestamp) ?? 0) / MILLISECONDS);
  return [
    text(1, metricName),
    ...labels.map(([key, label]) => message(2, [text(1, key), text(2, label)])),
    message(3, [number(1, issued), number(2, 0)]),
    number(4, window),
    message(5, [text(1, value)]),
  ];
}

function statusOf({ status, message: said, reason, details, code }: Status): Buffer[] {
  return [
    LIST_META,
    text(2, status),
    text(3, said),
    text(4, reason),
    ...(details === undefined ? [] : [message(5, detailsOf(details))]),
    number(6, code),
  ];
}

const detailsOf = (details: NonNullable<Status['details']>): Buffer[] => [
  text(1, details.name),
  text(2, details.group),
  text(3, details.kind),
  ...(details.causes ?? []).map((cause) =>
    message(4, [text(1, cause.reason), text(2, cause.message), text(3, cause.field)]),
  ),
  number(5, 0), // retryAfterSeconds: never asked for
  text(6, ''),
];

type Resource = Extract<Served, { kind: 'APIResourceList' }>['resources'][number];
const resourceOf = ({ name, namespaced, kind, verbs, singularName }: Resource): Buffer[] => [
  text(1, name),
  number(2, Number(namespaced)),
  text(3, kind),
  message(
    4,
    verbs.map((verb) => text(1, verb)),
  ),
  text(6, singularName),
  ...[8, 9, 10].map((field) => text(field, '')), // group, version, storageVersionHash
];

type Version = Extract<Served, { kind: 'APIGroup' }>['preferredVersion'];
const versionOf = ({ groupVersion, version }: Version): Buffer[] => [
  text(1, groupVersion),
  text(2, version),
];

const joined = (parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const key = (field: number, wireType: number): number => field * 8 + wireType;

/** Seven bits a byte, the lowest first; whole and not negative. */
function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128);
  return Buffer.from([...digits, rest]);
}

const number = (field: number, value: number): Buffer =>
  joined([varint(key(field, VARINT)), varint(value)]);
const bytes = (field: number, content: Buffer): Buffer =>
  joined([varint(key(field, LENGTH_DELIMITED)), varint(content.length), content]);
const message = (field: number, parts: readonly Buffer[]): Buffer => bytes(field, joined(parts));
const text = (field: number, value = ''): Buffer => bytes(field, Buffer.from(value, 'utf8'));

/** `selfLink`, `resourceVersion` and `continue`, all empty. */
const LIST_META = message(1, [text(1), text(2), text(3)]);
