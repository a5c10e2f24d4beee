import { refusal } from '../domain/errors.ts';
import { parseShard, WHOLE, type Shard } from '../forecast/training/shards.ts';

export type TrainerFlags = {
  /** `i/n` */
  readonly shard?: string;
  readonly shards?: number;
  readonly once?: boolean;
  readonly fineTune?: boolean;
};

/** Where an Indexed Job tells each of its pods which one it is. */
const INDEX = 'JOB_COMPLETION_INDEX';

/**
 * The share that this process is to train: named, or the pod's own of an Indexed Job, or everybody.
 * @throws {SelfScalingError} `CONFIG_INVALID`
 */
export function shardIn(
  { shard, shards }: TrainerFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Shard {
  if (shard !== undefined && shards !== undefined) {
    throw refusal('CONFIG_INVALID', '--shard and --shards: give one of them');
  }
  if (shard !== undefined) return parsed(shard, `--shard: "${shard}"`);
  if (shards === undefined) return WHOLE;
  const index = environment[INDEX];
  if (index === undefined) {
    throw refusal(
      'CONFIG_INVALID',
      `--shards needs ${INDEX}, as Indexed Jobs set it; use --shard i/n`,
    );
  }
  return parsed(`${index}/${shards}`, `${INDEX}/--shards: "${index}/${shards}"`);
}

function parsed(text: string, what: string): Shard {
  const shard = parseShard(text);
  if (shard !== undefined) return shard;
  throw refusal('CONFIG_INVALID', `${what} is not i/n with 0 <= i < n`);
}
