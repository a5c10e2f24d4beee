import { BASELINES, MODELS } from '../models/catalogue.ts';
import { forecastSeries } from './forecast-series.ts';
import { parseRequest } from './messages.ts';

/**
 * The child of `process.ts`: one request in, one answer out, until its parent lets go. It holds no token, no
 * store and no environment; when the channel closes, nothing keeps it alive.
 */
process.on('message', (message) => {
  const request = parseRequest(message);
  if (request === undefined) throw new TypeError('the request was not understood');
  const answer = forecastSeries(request.job, request.plan, MODELS, BASELINES);
  process.send?.({ id: request.id, answer });
});
