import { startProgram, type Command, type StartedProgram } from './started-program.ts';

/** Whoever is started in here does not outlive it, however it ends. */
export interface Nursery extends AsyncDisposable {
  start(command: Command): StartedProgram;
  /** Of all that were ever started in here. */
  pids(): readonly number[];
}

/**
 * Disposing it stops its programs one by one, the last one started first. When our own process ends
 * before that, they are killed, also on SIGINT and SIGTERM: where somebody else listens for these,
 * ending is left to them, and the exit hook does the rest.
 */
export function openNursery(): Nursery {
  const started: StartedProgram[] = [];
  const killAll = (): void => started.forEach((program) => program.kill());
  function endWithOurPrograms(signal: NodeJS.Signals): void {
    const others = process.listeners(signal).filter(({ name }) => name !== endWithOurPrograms.name);
    if (others.length === 0) process.exit(signal === 'SIGINT' ? 130 : 143);
  }
  process.on('exit', killAll);
  process.on('SIGINT', endWithOurPrograms);
  process.on('SIGTERM', endWithOurPrograms);

  return {
    start(command) {
      const program = startProgram(command);
      started.push(program);
      return program;
    },
    pids: () => started.map(({ pid }) => pid),
    async [Symbol.asyncDispose]() {
      for (const program of started.toReversed()) await program.stop();
      process.off('exit', killAll);
      process.off('SIGINT', endWithOurPrograms);
      process.off('SIGTERM', endWithOurPrograms);
    },
  };
}
