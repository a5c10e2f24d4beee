/** Who asks, as Kubernetes names them. */
export type Caller = {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
};

/** What they want to do: on a resource, or on a path. */
export type AccessQuestion =
  | {
      readonly namespace?: string;
      readonly verb: string;
      readonly group: string;
      readonly version: string;
      readonly resource: string;
    }
  | { readonly path: string; readonly verb: string };

/** `allowed` is said by a review; a review that could not be made is thrown as `REVIEW_FAILED`. */
export type Verdict = { readonly allowed: boolean; readonly reason?: string };

/**
 * Kubernetes' word on identity and access (TokenReview, SubjectAccessReview).
 *
 * `whoIs` answers `undefined` for a token that is not valid. Both throw `REVIEW_FAILED` when the
 * question could not be decided; the caller then lets nobody in.
 */
export interface AccessReviewer {
  whoIs(token: string, signal: AbortSignal): Promise<Caller | undefined>;
  may(caller: Caller, question: AccessQuestion, signal: AbortSignal): Promise<Verdict>;
}
