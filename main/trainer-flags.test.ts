import { expect, test } from 'vitest';
import { shardIn } from './trainer-flags.ts';

const refused = (message: string) => expect.objectContaining({ code: 'CONFIG_INVALID', message });

test.each([
  ['nothing', {}, {}, { index: 0, of: 1 }],
  ['a shard', { shard: '1/3' }, {}, { index: 1, of: 3 }],
  ['the pod of a Job', { shards: 3 }, { JOB_COMPLETION_INDEX: '2' }, { index: 2, of: 3 }],
  ['a Job, but no shards', {}, { JOB_COMPLETION_INDEX: '2' }, { index: 0, of: 1 }],
])('%s', (_, flags, environment, shard) => {
  expect(shardIn(flags, environment)).toEqual(shard);
});

test.each([
  ['both', { shard: '1/3', shards: 3 }, {}, '--shard and --shards: give one of them'],
  ['a shard that is none', { shard: '3/3' }, {}, '--shard: "3/3" is not i/n with 0 <= i < n'],
  [
    'no Job',
    { shards: 3 },
    {},
    '--shards needs JOB_COMPLETION_INDEX, as Indexed Jobs set it; use --shard i/n',
  ],
  [
    'a Job of more pods',
    { shards: 3 },
    { JOB_COMPLETION_INDEX: '3' },
    'JOB_COMPLETION_INDEX/--shards: "3/3" is not i/n with 0 <= i < n',
  ],
])('%s is refused', (_, flags, environment, message) => {
  expect(() => shardIn(flags, environment)).toThrow(refused(message));
});
