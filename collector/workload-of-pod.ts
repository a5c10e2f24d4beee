/** Letters and digits that Kubernetes makes names of: no vowels, no 0, 1 and 3. */
const MADE = '[bcdfghjklmnpqrstvwxz2456789]';
const OF_DEPLOYMENT = new RegExp(`^(?<name>.+)-${MADE}{1,10}-${MADE}{5}$`);
const OF_STATEFUL_SET = /^(?<name>.+)-\d+$/;

/**
 * The workload that a pod most likely belongs to, told from its name alone: `cart-7d9f8c6b5d-x2x4z` is of the Deployment
 * `cart`, `db-0` of the StatefulSet `db`. A pod of its own is its own workload.
 */
export const workloadOfPod = (pod: string): string =>
  (OF_DEPLOYMENT.exec(pod) ?? OF_STATEFUL_SET.exec(pod))?.groups?.['name'] ?? pod;
