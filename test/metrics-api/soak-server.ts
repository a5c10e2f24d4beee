import { externalMetrics } from '../../adapter/provider.ts';
import type { CertificatePair } from '../../apiservice/certificates.ts';
import { openApiService } from '../../apiservice/server.ts';
import type { AuthConfig } from '../../domain/auth-config.ts';
import { silentLog } from '../../domain/log.ts';
import { epochMs } from '../../domain/units.ts';
import { fakeReviewer } from './fixture.ts';
import { snapshotOf } from './snapshot.ts';

/* The metrics API in a process of its own, so that its memory and its handles are its own. */

type Wish = CertificatePair & { readonly authConfig: AuthConfig };

const now = () => epochMs(Date.now());

process.once('message', (wish: Wish) => void serve(wish));
process.once('disconnect', () => process.exit());

async function serve({ cert, key, authConfig }: Wish): Promise<void> {
  const snapshot = snapshotOf(now());
  const reviewer = fakeReviewer();
  const { port } = await openApiService(
    {
      provider: externalMetrics({ current: () => snapshot }),
      authConfig: { current: () => authConfig },
      reviewer,
      certificate: { current: () => ({ cert, key }) },
      draining: new AbortController().signal,
      log: silentLog,
      now,
      metricsText: async () => '',
    },
    { host: '127.0.0.1', port: 0, version: '0.1.0' },
  );
  process.send?.(port);
}
