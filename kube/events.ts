import { isRefusal } from '../domain/errors.ts';
import { fnv1a } from '../domain/fnv.ts';
import { FIELD_MANAGER } from '../domain/hpa.ts';
import type { Log } from '../domain/log.ts';
import { minutes, type EpochMs } from '../domain/units.ts';
import { toMicroTime } from './lease-record.ts';
import type { Kube } from './request.ts';

/** What an Event is about. */
export type Regarding = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
};
export type News = {
  readonly regarding: Regarding;
  /** CamelCase, as in a condition. */
  readonly reason: string;
  readonly action: string;
  readonly isWarning: boolean;
  readonly note: string;
};

type Waiting = { readonly news: News; times: number; at: EpochMs };
/** An Event as it was first written; what follows within half an hour is its series. */
type Written = { readonly path: string; readonly body: object; count: number; at: EpochMs };
type Ports = {
  readonly kube: Pick<Kube, 'ask'>;
  readonly log: Log;
  readonly now: () => EpochMs;
  /** Which process writes; a host name. */
  readonly instance: string;
};

const CONTROLLER = 'self-scaling.io/controller';
const MOST_WAITING = 1000;
const MOST_WRITTEN = 4096;
/** A flush writes no more; the others wait for the next one. */
const MOST_AT_ONCE = 25;
const WRITE_AGAIN = minutes(10);
const SERIES_ENDS = minutes(30);
/** Of the API server. */
const LONGEST_NOTE = 1024;
const LONGEST_NAME = 220;
const LONGEST_INSTANCE = 128;

/**
 * Kubernetes Events (events.k8s.io/v1): one object per thing and reason, whose series counts what repeats, written every
 * ten minutes at most. Events are a courtesy: what cannot be written is told once in the log and left out.
 */
export function openEvents({ kube, log, now, instance }: Ports) {
  const waiting = new Map<string, Waiting>();
  const written = new Map<string, Written>();
  let isRefused = false;

  const write = async (key: string, { news, times, at }: Waiting, signal: AbortSignal) => {
    const before = written.get(key);
    const goesOn = before !== undefined && at - before.at < SERIES_ENDS;
    const event = goesOn ? before : { ...firstOf(news, at, instance), count: 0, at };
    const count = event.count + times;
    const series = count === 1 ? {} : { series: { count, lastObservedTime: toMicroTime(at) } };
    // By apply: one that has expired meanwhile is made anew.
    await kube.ask(
      {
        method: 'PATCH',
        path: event.path,
        query: { fieldManager: FIELD_MANAGER, force: 'true' },
        contentType: 'application/apply-patch+yaml',
        body: { ...event.body, ...series },
      },
      signal,
    );
    written.delete(key); // the oldest writes stand first
    written.set(key, { ...event, count, at: now() });
    for (const [oldest] of written) {
      if (written.size <= MOST_WRITTEN) break;
      written.delete(oldest);
    }
  };

  const isDue = (key: string): boolean => {
    const before = written.get(key);
    return before === undefined || now() - before.at >= WRITE_AGAIN;
  };

  return {
    /** Takes note of it; written by the next `flush`. */
    tell(this: void, news: News): void {
      const { regarding, reason } = news;
      const { namespace, kind, name, uid } = regarding;
      const key = JSON.stringify([namespace, kind, name, uid, reason]);
      const before = waiting.get(key);
      if (before === undefined && waiting.size >= MOST_WAITING) return;
      waiting.set(key, { news, times: (before?.times ?? 0) + 1, at: now() });
    },
    /** Writes what is due. Never rejects. */
    async flush(signal: AbortSignal): Promise<void> {
      const due = [...waiting].filter(([key]) => isDue(key)).slice(0, MOST_AT_ONCE);
      for (const [key, one] of due) {
        waiting.delete(key);
        try {
          // oxlint-disable-next-line no-await-in-loop -- a few, one after the other
          await write(key, one, signal);
          isRefused = false;
        } catch (err) {
          if (signal.aborted) return;
          if (!isRefused)
            log.warn({ err }, 'Events cannot be written; the ledger and the log go on');
          isRefused = true;
          // The API server is away: the others would fare no better.
          if (isRefusal(err, 'KUBE_UNAVAILABLE')) return;
        }
      }
    },
  };
}

export type Events = ReturnType<typeof openEvents>;

function firstOf({ regarding, reason, action, isWarning, note }: News, at: EpochMs, by: string) {
  const { namespace, name: about } = regarding;
  const hash = fnv1a(JSON.stringify([regarding, reason])).toString(16);
  const stem = about.slice(0, LONGEST_NAME).replace(/[^a-z0-9]+$/, '');
  const name = `${stem}.${at.toString(16)}.${hash}`;
  const place = `namespaces/${encodeURIComponent(namespace)}/events`;
  return {
    path: `/apis/events.k8s.io/v1/${place}/${encodeURIComponent(name)}`,
    body: {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace, name },
      eventTime: toMicroTime(at),
      reportingController: CONTROLLER,
      reportingInstance: by.slice(0, LONGEST_INSTANCE),
      action,
      reason,
      regarding,
      note: note.slice(0, LONGEST_NOTE),
      type: isWarning ? 'Warning' : 'Normal',
    },
  };
}
