import { expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { useName } from '../domain/use.ts';
import { cart } from '../test/builders.ts';
import { bootstrapOptions, bucketNames, ORG } from '../test/influx-store.ts';
import { startInfluxd, whyNoInfluxd } from '../test/influxd.ts';
import { anIssueOf, aScore, aSetting, LATELY, signal } from '../test/store-promises/builders.ts';
import { bootstrapInflux } from './bootstrap.ts';
import { openInflux2Store } from './influx2.ts';

const missing = whyNoInfluxd();

test.skipIf(missing !== undefined)(
  `with its own token each role may do its part of the record ${missing ?? ''}`,
  async () => {
    await using influxd = await startInfluxd();
    const { url } = influxd;
    const buckets = bucketNames('record-');
    const { tokens } = await bootstrapInflux(bootstrapOptions(url, { buckets }), silentLog, signal);
    const as = (role: 'trainer' | 'controller' | 'adapter') =>
      openInflux2Store(
        { url, org: ORG, buckets, token: tokens.get(role) ?? '', timeoutMs: 10_000 },
        silentLog,
      );
    const [trainer, controller, adapter] = [as('trainer'), as('controller'), as('adapter')];
    // The trainer freezes and scores.
    await trainer.writeFuture([anIssueOf(1)], signal);
    await trainer.writeScores([aScore({ lead: 1, bias: 0.5, belowQ90: 0.75 })], signal);
    // The controller reads both, and says what follows.
    const vintages: unknown[] = [];
    for await (const one of controller.readVintages(1, LATELY, signal)) vintages.push(one);
    expect(vintages).toHaveLength(1);
    expect(await controller.readScores(LATELY, signal, [cart])).toEqual([
      aScore({ lead: 1, bias: 0.5, belowQ90: 0.75 }),
    ]);
    const use = aSetting({ name: useName(cart), value: { namespace: 'shop', component: 'cart' } });
    await controller.set([use], signal);
    // The adapter follows it, and sees nothing of the record.
    expect(await adapter.all(signal)).toContainEqual(use);
    const refused = { code: 'STORE_UNAVAILABLE' };
    await expect(adapter.readScores(LATELY, signal, [cart])).rejects.toMatchObject(refused);
    await expect(trainer.set([use], signal)).rejects.toMatchObject(refused);
  },
);
