/** `kube-system/extension-apiserver-authentication`: whom a delegated API server believes. */
export type AuthConfig = {
  /** PEM bundle of client certificates; absent where the cluster has none. */
  readonly clientCa?: string;
  /** PEM bundle of the front proxy; without it no `X-Remote-*` header is ever believed. */
  readonly requestHeaderCa?: string;
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
  /** Common names that may front; empty = any certificate of the CA. */
  readonly allowedNames: readonly string[];
  /** Changes with every change of the content: verdicts are kept under it. */
  readonly generation: string;
};
