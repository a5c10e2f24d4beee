import { isForecast, type Run, type RunResult } from '../domain/run.ts';

/**
 * What a training run that has ended comes to: one component with a forecast is a success, whatever became of the
 * others; none because none had enough history is not a fault.
 */
export function trainOutcome(run: Run): 'trained' | 'too-little' | 'failed' {
  if (run.state === 'failed') return 'failed';
  if (run.results.some(isForecast)) return 'trained';
  return run.results.every(lacksData) ? 'too-little' : 'failed';
}

/** Training skips what it cannot train; a failure is a lack of data only if it says so. */
const lacksData = ({ result, reason }: RunResult): boolean =>
  result === 'skipped' || (reason?.startsWith('HISTORY_TOO_SHORT') ?? false);
