import type { Run } from '../domain/run.ts';
import { toRfc3339 } from '../domain/units.ts';
import type { RunJson } from './wire/run.ts';

export const runJson = (run: Run): RunJson => ({
  id: run.id,
  kind: run.kind,
  state: run.state,
  trigger: run.trigger,
  done: run.done,
  total: run.total,
  attempts: run.attempts,
  createdAt: toRfc3339(run.createdAt),
  ...(run.startedAt === undefined ? {} : { startedAt: toRfc3339(run.startedAt) }),
  ...(run.endedAt === undefined ? {} : { endedAt: toRfc3339(run.endedAt) }),
  ...(run.reason === undefined ? {} : { reason: run.reason }),
  ...(run.cost === undefined ? {} : { cost: run.cost }),
  ...(run.tuning === undefined ? {} : { tuning: run.tuning }),
  components: run.results.map(({ key, result, reason }) => ({
    namespace: key.namespace,
    name: key.component,
    result,
    ...(reason === undefined ? {} : { reason }),
  })),
});
