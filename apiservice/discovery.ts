import { createHash } from 'node:crypto';
import type { Acceptance } from './accept.ts';
import { notModified, type Answer } from './answer.ts';
import { json, PLAIN_JSON, statusAnswer, yaml } from './encode.ts';
import { GROUP, LIST_KIND, RESOURCE, VERSION } from './group.ts';
import { GROUP_DESCRIPTION } from './resources.ts';
import { notAcceptable } from './status.ts';

const API_GROUP_LIST = { kind: 'APIGroupList', apiVersion: 'v1', groups: [GROUP_DESCRIPTION] };

type Discovery = NonNullable<Acceptance['discovery']>;

/** Never without our group: the aggregator would take that for a group with no resources. */
const aggregated = (version: Discovery) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: [
    {
      metadata: { name: GROUP },
      versions: [
        {
          version: VERSION,
          resources: [
            {
              resource: RESOURCE,
              responseKind: { group: GROUP, version: VERSION, kind: LIST_KIND },
              scope: 'Namespaced',
              singularResource: '',
              verbs: ['get'],
            },
          ],
          freshness: 'Current',
        },
      ],
    },
  ],
});

/** SHA-512 in upper-case hex, quoted: the tag of a constant document. */
export const tagOf = (body: string): string => `"${hashOf(body)}"`;
export const hashOf = (body: string): string =>
  createHash('sha512').update(body).digest('hex').toUpperCase();

/** `/apis`, made once: discovery depends on no store, no forecast and no answer of Kubernetes. */
export function groupDiscovery() {
  const documents = { v2: document('v2'), v2beta1: document('v2beta1') };
  return (accepted: Acceptance, ifNoneMatch: string | undefined, pretty: boolean): Answer => {
    if (accepted.discovery === undefined) {
      if (accepted.text === undefined) return statusAnswer(notAcceptable(), PLAIN_JSON);
      return accepted.text === 'yaml'
        ? yaml(200, API_GROUP_LIST)
        : json(200, API_GROUP_LIST, pretty);
    }
    const { tag, answer } = documents[accepted.discovery];
    return ifNoneMatch === tag ? notModified(answer) : answer;
  };
}

function document(version: Discovery): { readonly tag: string; readonly answer: Answer } {
  const body = `${JSON.stringify(aggregated(version))}\n`;
  const tag = tagOf(body);
  const answer = {
    code: 200,
    type: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    body,
    headers: { ETag: tag, Vary: 'Accept', 'Cache-Control': 'public' },
    ownCaching: true,
  } as const;
  return { tag, answer };
}
