import { notModified, type Answer } from './answer.ts';
import { hashOf, tagOf } from './discovery.ts';
import { GROUP, LIST_KIND, RESOURCE, VERSION, VERSION_PATH } from './group.ts';

const PREFIX = 'io.k8s.metrics.pkg.apis.external_metrics.v1beta1';
const KIND = { group: GROUP, version: VERSION, kind: LIST_KIND };
const INFO = { title: GROUP, version: VERSION };
const TYPE_META = {
  apiVersion: { type: 'string', description: 'The version of the representation.' },
  kind: { type: 'string', description: 'The kind of the object.' },
};

/** `ListMeta` and `Time` stand inside: a definition of the same name that differs would be renamed by the aggregator. */
const listSchema = (item: string) => ({
  description: 'The value of an external metric, as a list of one item.',
  type: 'object',
  required: ['items'],
  properties: {
    ...TYPE_META,
    items: {
      description: 'The values that match the selector.',
      type: 'array',
      items: { $ref: item },
    },
    metadata: {
      description: 'Metadata of the list; always empty.',
      type: 'object',
      properties: {
        continue: { type: 'string' },
        remainingItemCount: { type: 'integer', format: 'int64' },
        resourceVersion: { type: 'string' },
        selfLink: { type: 'string' },
      },
    },
  },
  'x-kubernetes-group-version-kind': [KIND],
});

const VALUE_SCHEMA = {
  description: 'A forecast of one component, as the HorizontalPodAutoscaler reads it.',
  type: 'object',
  required: ['metricName', 'metricLabels', 'timestamp', 'value'],
  properties: {
    ...TYPE_META,
    metricLabels: {
      description: 'The component, its kind, the model, the quantile level and the lead time.',
      type: 'object',
      additionalProperties: { type: 'string' },
    },
    metricName: { description: 'The name of the metric.', type: 'string' },
    timestamp: {
      description: 'The moment the forecast was issued.',
      type: 'string',
      format: 'date-time',
    },
    value: { description: 'The forecast, as a quantity.', type: 'string' },
    window: { description: 'The lead time, in seconds.', type: 'integer', format: 'int64' },
  },
};

const SELECTOR =
  'A selector of labels; it must name one component, and may name kind, quantile and lead.';
const pathParameter = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
});
const PARAMETERS = {
  namespace: pathParameter('namespace', 'The namespace of the component.'),
  metric: pathParameter('metric', 'The name of the metric.'),
  labelSelector: { name: 'labelSelector', in: 'query', description: SELECTOR },
};
const OPERATION = {
  tags: [`${GROUP}_${VERSION}`],
  description: 'read the value of an external metric of one component',
  'x-kubernetes-action': 'list',
  'x-kubernetes-group-version-kind': KIND,
};

/** The smallest Swagger 2.0 that is valid: without one the API server logs an error for ever. */
const swagger = () => {
  const parameters = Object.values(PARAMETERS).map((each) => ({ ...each, type: 'string' }));
  const schema = { $ref: `#/definitions/${PREFIX}.${LIST_KIND}` };
  const get = {
    ...OPERATION,
    operationId: 'listExternalMetricsV1beta1NamespacedMetric',
    produces: ['application/json'],
    parameters,
    responses: { 200: { description: 'OK', schema } },
  };
  return {
    swagger: '2.0',
    info: INFO,
    paths: { [`${VERSION_PATH}/namespaces/{namespace}/{metric}`]: { get } },
    definitions: {
      [`${PREFIX}.ExternalMetricValue`]: VALUE_SCHEMA,
      [`${PREFIX}.${LIST_KIND}`]: listSchema(`#/definitions/${PREFIX}.ExternalMetricValue`),
    },
  };
};

/** The path stands twice: `kubectl explain` looks for the resource by its published name. */
const openapi3 = () => {
  const operation = (id: string, ...parameters: (keyof typeof PARAMETERS)[]) => ({
    get: {
      ...OPERATION,
      operationId: id,
      parameters: parameters.map((name) => ({ ...PARAMETERS[name], schema: { type: 'string' } })),
      responses: {
        200: {
          description: 'OK',
          content: {
            'application/json': { schema: { $ref: `#/components/schemas/${PREFIX}.${LIST_KIND}` } },
          },
        },
      },
    },
  });
  const namespaced = `${VERSION_PATH}/namespaces/{namespace}`;
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: {
      [`${namespaced}/${RESOURCE}`]: operation(
        'listExternalMetricsV1beta1NamespacedExternalMetricValueList',
        'namespace',
        'labelSelector',
      ),
      [`${namespaced}/{metric}`]: operation(
        'listExternalMetricsV1beta1NamespacedMetric',
        'namespace',
        'metric',
        'labelSelector',
      ),
    },
    components: {
      schemas: {
        [`${PREFIX}.ExternalMetricValue`]: VALUE_SCHEMA,
        [`${PREFIX}.${LIST_KIND}`]: listSchema(
          `#/components/schemas/${PREFIX}.ExternalMetricValue`,
        ),
      },
    },
  };
};

/** The constant OpenAPI documents; whoever accepts no JSON gets an empty 406. */
export function openApiDocuments() {
  const v2 = JSON.stringify(swagger());
  const v3 = JSON.stringify(openapi3());
  const [v2Tag, v3Tag, v3Hash] = [tagOf(v2), tagOf(v3), hashOf(v3)];
  const url = `/openapi/v3${VERSION_PATH}?hash=${v3Hash}`;
  const root = JSON.stringify({ paths: { [VERSION_PATH.slice(1)]: { serverRelativeURL: url } } });
  return {
    v2: (ifNoneMatch?: string): Answer => tagged(v2, v2Tag, ifNoneMatch, {}),
    v3: (): Answer => constant(root, {}),
    /** @param expires a year from now, as HTTP writes it. */
    v3Document(hash: string | undefined, ifNoneMatch: string | undefined, expires: string): Answer {
      if (hash === undefined) return tagged(v3, v3Tag, ifNoneMatch, {});
      if (hash !== v3Hash) return constant(v3, {});
      const forEver = { 'Cache-Control': 'public, immutable', Expires: expires };
      return tagged(v3, v3Tag, ifNoneMatch, forEver);
    },
  };
}

const constant = (body: string, headers: Readonly<Record<string, string>>): Answer => ({
  code: 200,
  type: 'application/json',
  body,
  headers,
  ownCaching: true,
});

function tagged(
  body: string,
  tag: string,
  ifNoneMatch: string | undefined,
  headers: Readonly<Record<string, string>>,
): Answer {
  const answer = constant(body, { ETag: tag, Vary: 'Accept', ...headers });
  return ifNoneMatch === tag ? notModified(answer) : answer;
}
