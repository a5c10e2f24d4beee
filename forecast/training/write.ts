import type { ComponentKey, Resource } from '../../domain/component.ts';
import type { IssuedFor } from '../../domain/forecast.ts';
import type { ComponentMemory } from './choice-memory.ts';
import type { TrainJob, TrainPorts } from './ports.ts';
import type { Outcome } from './result.ts';

/** Forecasts first: what was chosen is only remembered when what came of it is there. */
export async function writeOutcomes(
  { future, scores, choices }: Pick<TrainPorts, 'future' | 'scores' | 'choices'>,
  { now, run }: Pick<TrainJob, 'now' | 'run'>,
  outcomes: readonly Outcome[],
  signal: AbortSignal,
): Promise<void> {
  const answered = outcomes.flatMap(({ key, resource, answer }) =>
    answer.kind === 'forecast' ? [{ key, resource, ...answer }] : [],
  );
  if (answered.length === 0) return;
  const issued: IssuedFor[] = answered.map(({ key, resource, forecast, model }) => ({
    key,
    resource,
    issued: { forecast, issuedAt: now, model, run },
  }));
  await future.writeFuture(issued, signal);
  const scored = answered.flatMap((answer) => answer.scores);
  if (scored.length > 0) await scores.writeScores(scored, signal);
  const chosen = answered.filter(({ memory }) => memory !== undefined);
  if (chosen.length > 0) await choices.remember(memoriesOf(chosen), signal);
}

const memoriesOf = (
  chosen: readonly {
    readonly key: ComponentKey;
    readonly resource: Resource;
    readonly memory?: ComponentMemory[Resource];
  }[],
) =>
  [...Map.groupBy(chosen, ({ key }) => key)].map(([key, ofKey]) => ({
    key,
    memory: Object.fromEntries(ofKey.map(({ resource, memory }) => [resource, memory])),
  }));
