import { beforeAll, describe } from 'vitest';
import { freshInfluxStore } from '../test/influx-store.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../test/influxd.ts';
import { storeKeepsItsPromises } from '../test/store-contract.ts';

const missing = whyNoInfluxd();

describe.skipIf(missing !== undefined)(`a real InfluxDB ${missing ?? ''}`, () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd();
    return () => influxd[Symbol.asyncDispose]();
  });

  storeKeepsItsPromises('influx2', async () => (await freshInfluxStore(influxd.url)).store);
});
