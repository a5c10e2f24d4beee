import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, Verdict } from '../domain/access.ts';
import { isRefusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { remembered } from '../domain/remembered.ts';
import { parseAccept, type Acceptance } from './accept.ts';
import { forbidden, MASTERS, undecided, type accessChecks } from './access.ts';
import { text, type Answer } from './answer.ts';
import { statusAnswer, type Form } from './encode.ts';
import { knownTargets } from './known-targets.ts';
import type { handlers } from './handlers.ts';
import type { identities } from './identity.ts';
import type { ApiServerMeters } from './meters.ts';
import { headOf, isForPeople, type RequestHead } from './request-head.ts';
import { askedBy, type Asked } from './request-info.ts';
import { parseTarget, type Target } from './routes.ts';
import {
  methodNotAllowed,
  tooManyRequests,
  toStatus,
  unauthorized,
  type Status,
} from './status.ts';

type Parts = {
  readonly identity: ReturnType<typeof identities>;
  readonly access: ReturnType<typeof accessChecks>;
  readonly handle: ReturnType<typeof handlers>;
  readonly log: Log;
  readonly meters: RequestMeters | undefined;
  readonly ownMeters: Pick<ApiServerMeters, 'began'>;
};

type State = {
  /** Nobody else may be asked to wait for a review. */
  isFull(this: void): boolean;
  /** No connection is to be kept. */
  isEnding(this: void): boolean;
};

/** Told of each answer on the metric path; the name is the one asked for, known or not. */
export interface RequestMeters {
  answered(metric: string, code: number, seconds: number): void;
}

type Soon<T> = T | Promise<T>;

/** One request with what was read from it. */
type Asking = {
  readonly request: IncomingMessage;
  readonly head: RequestHead;
  readonly target: Target;
  readonly accepted: Acceptance;
  /** Of the answer, whatever it is. */
  readonly form: Form;
};

const ACCEPTS_KEPT = 256;
const LONGEST_ACCEPT = 512;
const NOT_MODIFIED = 304;
const BROKEN_ESCAPE: Answer = { ...text(400, '400 Bad Request'), ownCaching: true };
const AUDIT_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * From request to answer, in this order: identity, access, route, method, negotiation, handler. Every
 * failure becomes an answer here, and is logged here and nowhere else.
 */
export function responder(parts: Parts, state: State) {
  const { identity, access, handle, log, meters, ownMeters } = parts;
  const targets = knownTargets();
  const accepts = remembered(ACCEPTS_KEPT, LONGEST_ACCEPT, parseAccept);

  /** Strangers who make us wait for reviews must not lock out whom we know: the HPA controller. */
  const isKnown = ({ request, target }: Asking, caller: Caller | undefined): boolean =>
    caller !== undefined && request.method === 'GET' && access.isAllowed(caller, target.asked);

  /** Who is calling; whoever would have to wait is told so when we are full. */
  const callerOf = (asking: Asking): Soon<Caller | Status> => {
    const { request, head, target } = asking;
    const connection = identity.byConnection(request.socket, request.rawHeaders);
    const { caller } = connection;
    const mayWait = target.route.kind === 'health' || caller?.groups.includes(MASTERS) === true;
    if (!mayWait && state.isFull() && !isKnown(asking, caller)) return tooManyRequests();
    if (caller !== undefined) return caller;
    return identity
      .byCredentials(connection, head.authorization)
      .then((found) => found ?? unauthorized());
  };

  const mayThey = async (caller: Caller, asked: Asked): Promise<Verdict | undefined> => {
    try {
      return await access.decide(caller, asked);
    } catch (err) {
      log.error({ err, user: caller.user }, 'access could not be reviewed; the caller is refused');
      return undefined;
    }
  };

  /** The answer to somebody who may not; nothing when they may. */
  const denied = ({ request, target, form }: Asking, caller: Caller): Soon<Answer | undefined> => {
    if (target.route.kind === 'health') return undefined;
    const { method = 'GET', url = '' } = request;
    const asked = method === 'GET' ? target.asked : askedBy(target.path, method);
    if (access.isAllowed(caller, asked)) return undefined;
    return mayThey(caller, asked).then((verdict) => {
      if (verdict === undefined) return undecided(url);
      if (verdict.allowed) return undefined;
      return statusAnswer(forbidden(caller, asked, verdict), form);
    });
  };

  const handled = ({ request, head, target, accepted, form }: Asking): Soon<Answer> => {
    const { route } = target;
    if (request.method !== 'GET' && !ANY_METHOD.has(route.kind)) {
      return statusAnswer(methodNotAllowed(), form);
    }
    const { ifNoneMatch } = head;
    return handle(route, { accepted, ifNoneMatch, form });
  };

  const failure = (err: unknown, { target, form }: Asking): Answer => {
    const { path, route } = target;
    if (!isRefusal(err)) log.error({ err, path }, 'a request met a bug');
    const metric = route.kind === 'metric' ? route.metric.toLowerCase() : undefined;
    return statusAnswer(toStatus(err, metric), form);
  };

  /** Where somebody must be waited for. */
  const answerLater = async (
    asking: Asking,
    who: Soon<Caller | Status>,
    refused: Promise<Answer | undefined> | undefined,
  ): Promise<Answer> => {
    try {
      const caller = await who;
      if ('status' in caller) return statusAnswer(caller, asking.form);
      const no = await (refused ?? denied(asking, caller));
      return no ?? (await handled(asking));
    } catch (err) {
      return failure(err, asking);
    }
  };

  /** In nearly all requests there is nothing to wait for, and nothing is waited for. */
  const answer = (asking: Asking): Soon<Answer> => {
    try {
      const who = callerOf(asking);
      if (who instanceof Promise) return answerLater(asking, who, undefined);
      if ('status' in who) return statusAnswer(who, asking.form);
      const no = denied(asking, who);
      if (no instanceof Promise) return answerLater(asking, who, no);
      const given = no ?? handled(asking);
      return given instanceof Promise ? given.catch((err) => failure(err, asking)) : given;
    } catch (err) {
      return failure(err, asking);
    }
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const head = headOf(request.rawHeaders);
    const url = request.url ?? '/';
    const known = targets.get(url);
    const target = known ?? parseTarget(url);
    if (target === undefined) {
      send(response, BROKEN_ESCAPE, head, state.isEnding());
      return;
    }
    const { route } = target;
    const done = ownMeters.began(request.method ?? 'GET', route.kind === 'metric');
    const accepted = accepts(head.accept);
    const form = formOf(accepted, target, head);
    const soon = answer({ request, head, target, accepted, form });
    const given = soon instanceof Promise ? await soon : soon;
    const taken = done(given.code);
    if (known === undefined) targets.keep(url, target, given.code);
    if (route.kind === 'metric') meters?.answered(route.metric.toLowerCase(), given.code, taken);
    send(response, given, head, state.isEnding());
  };
}

const formOf = (accepted: Acceptance, { pretty }: Target, { userAgent }: RequestHead): Form => ({
  media: accepted.media ?? 'json',
  pretty: accepted.pretty || (pretty ?? isForPeople(userAgent)),
});

/** A path that we do not have is missing whatever is done to it; health answers to everything. */
const ANY_METHOD: ReadonlySet<string> = new Set(['health', 'check', 'missing']);

const auditIdOf = ({ auditId }: RequestHead): string =>
  auditId !== undefined && AUDIT_ID.test(auditId) ? auditId : randomUUID();

/**
 * Never with a Retry-After: clients of the HPA would wait on it, one worker each.
 *
 * @param isLast whether the connection ends with this answer.
 */
function send(response: ServerResponse, answer: Answer, head: RequestHead, isLast: boolean): void {
  const { code, type, body, headers, ownCaching } = answer;
  if (isLast) response.shouldKeepAlive = false;
  const pairs = ['Audit-Id', auditIdOf(head)];
  if (ownCaching === undefined) pairs.push('Cache-Control', 'no-cache, private');
  if (type !== undefined) pairs.push('Content-Type', type);
  const { length, isAscii } = measured(answer);
  if (code !== NOT_MODIFIED) pairs.push('Content-Length', length);
  if (headers !== undefined) pairs.push(...Object.entries(headers).flat());
  response.writeHead(code, pairs);
  if (isAscii) response.end(body, 'latin1');
  else response.end(body);
}

type Measure = { readonly length: string; readonly isAscii: boolean };
const measures = new WeakMap<Answer, Measure>();

/** How long a body is, and whether it is text that needs no encoding; the same answers are sent for long. */
function measured(answer: Answer): Measure {
  const known = measures.get(answer);
  if (known !== undefined) return known;
  const { body } = answer;
  const bytes = Buffer.byteLength(body);
  const made = {
    length: String(bytes),
    isAscii: typeof body === 'string' && bytes === body.length,
  };
  measures.set(answer, made);
  return made;
}
