import { BASELINES, MODELS, modelsWith } from '../models/catalogue.ts';
import { parseWeights } from '../models/network-weights.ts';
import { templateOf, withTemplate } from '../models/template.ts';
import { forecastSeries } from './forecast-series.ts';
import type { Catalogue } from './members.ts';
import { parseRequest } from './messages.ts';

const MICROSECONDS = 1e6;
const KIBIBYTE = 1024;
let known: { readonly weights: string | undefined; readonly catalogue: Catalogue } = {
  weights: undefined,
  catalogue: { models: MODELS, baselines: BASELINES },
};

/** The same weights come with every request of a run: they are read once. */
function catalogueWith(weights: string | undefined): Catalogue {
  if (weights === known.weights) return known.catalogue;
  const models = weights === undefined ? MODELS : modelsWith(parseWeights(JSON.parse(weights)));
  known = { weights, catalogue: { models, baselines: BASELINES } };
  return known.catalogue;
}

/**
 * The child of `process.ts`: one request in, one answer out, until its parent lets go. It holds no token, no
 * store and no environment; when the channel closes, nothing keeps it alive.
 */
process.on('message', (message) => {
  const request = parseRequest(message);
  if (request === undefined) throw new TypeError('the request was not understood');
  const catalogue = catalogueWith(request.plan.weights);
  const answers = request.jobs.map((job) =>
    forecastSeries(job, request.plan, {
      ...catalogue,
      models: withTemplate(catalogue.models, templateOf(job.donors ?? [])),
    }),
  );
  const { user, system } = process.cpuUsage();
  const used = {
    cpuSeconds: (user + system) / MICROSECONDS,
    maxRssBytes: process.resourceUsage().maxRSS * KIBIBYTE,
  };
  process.send?.({ id: request.id, answers, used });
});
