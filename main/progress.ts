import { systemClock, type Clock } from '../domain/clock.ts';
import { seconds } from '../domain/units.ts';

export type Terminal = { readonly isTTY?: boolean; write(text: string): unknown };

const REDRAWS_A_SECOND = 10;
const TENTH = 0.1;
const LONGEST_SILENCE = seconds(10);

/**
 * Tells how far a piece of work is: on a screen one line that is redrawn, otherwise a plain line at each
 * tenth or every ten seconds.
 */
export function progressOf(
  work: string,
  total: number,
  terminal: Terminal,
  clock: Pick<Clock, 'monotonic'> = systemClock,
) {
  const began = clock.monotonic();
  let toldAt = began;
  let toldDone = 0;
  const isDue = (done: number, now: number): boolean => {
    if (done === total) return true;
    if (terminal.isTTY === true) return now - toldAt >= seconds(1) / REDRAWS_A_SECOND;
    return done - toldDone >= total * TENTH || now - toldAt >= LONGEST_SILENCE;
  };
  return (done: number, what: string): void => {
    const now = clock.monotonic();
    if (!isDue(done, now)) return;
    const perSecond = (done * seconds(1)) / Math.max(1, now - began);
    const left = Math.ceil((total - done) / Math.max(perSecond, Number.EPSILON));
    const text = `${work} ${done}/${total} ${what}  ${perSecond.toFixed(1)}/s  ${left} s left`;
    if (terminal.isTTY === true) terminal.write(`\r\u001B[K${text}${done === total ? '\n' : ''}`);
    else terminal.write(`${text}\n`);
    toldAt = now;
    toldDone = done;
  };
}
