import { inSlices } from '../domain/in-slices.ts';
import { horizonOf, type PackedIssue } from '../domain/packed-forecast.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';
import { CLOCK_TOLERANCE, issueId, type HeldIssue } from './snapshot.ts';

type Issues = ReadonlyMap<string, HeldIssue>;

/** What is known of the wall clock, which may jump. */
export type Time = {
  readonly now: EpochMs;
  /** The latest it has ever shown. */
  readonly peak: EpochMs;
  /** What it showed after it last jumped backwards; the age of what was issued before is not known. */
  readonly since: EpochMs;
};

export function timeAt(now: EpochMs, before: Time | undefined): Time {
  if (before === undefined) return { now, peak: now, since: epochMs(-Infinity) };
  const { peak, since } = before;
  const hasJumped = now + CLOCK_TOLERANCE < before.now;
  return { now, peak: epochMs(Math.max(peak, now)), since: hasJumped ? now : since };
}

/**
 * The issues in force after a read: the later issue wins, unless it lies so far in the future that a clock
 * must have jumped when it was made. `named`: of the others, only these are kept. Requests are answered in
 * between, so that a large table makes nobody wait.
 */
export async function withIssues(
  before: Issues,
  read: readonly PackedIssue[],
  named: ReadonlySet<string> | undefined,
  { now, peak, since }: Time,
): Promise<Issues> {
  const after = new Map<string, HeldIssue>();
  await inSlices(before, ([id, { issue, seenAt }]) => {
    if (named?.has(id) === false) return;
    after.set(id, { issue, seenAt: epochMs(Math.max(seenAt, now)) });
  });
  await inSlices(read, (issue) => {
    const id = issueId(issue.key, issue.resource);
    const held = after.get(id);
    const seenAt = issue.issuedAt < since ? peak : now;
    if (held?.issue.issuedAt === issue.issuedAt) {
      // Read again it is kept as it was: a second copy of all would only have to be thrown away.
      if (!isSame(issue, held.issue)) after.set(id, { issue, seenAt: held.seenAt });
    } else if (isLater(issue, held?.issue, now)) after.set(id, { issue, seenAt });
  });
  return after;
}

/** Of one run, with the same largest value at each level. */
const isSame = (a: PackedIssue, b: PackedIssue): boolean =>
  a.run === b.run &&
  a.model === b.model &&
  a.values.length === b.values.length &&
  a.scales.every((scale, level) => scale === b.scales[level]);

const isLater = (issue: PackedIssue, held: PackedIssue | undefined, now: EpochMs): boolean =>
  held === undefined || issue.issuedAt > held.issuedAt || held.issuedAt > now + CLOCK_TOLERANCE;

/** A shape that can be read, and scales that make numbers of it. */
export function isSound(issue: PackedIssue): boolean {
  const { levels, scales, step } = issue;
  const horizon = horizonOf(issue);
  return (
    Number.isInteger(horizon) &&
    horizon > 0 &&
    scales.length === levels.length &&
    scales.every((scale) => Number.isFinite(scale) && scale >= 0) &&
    levels.every((level, index) => level > (levels[index - 1] ?? 0) && level < 1) &&
    step > 0 &&
    [issue.issuedAt, issue.start].every((instant) => Number.isFinite(instant))
  );
}
