/** What we measure, predict and scale: a workload, by namespace and name. */
export type ComponentKey = { readonly namespace: string; readonly component: string };

export const RESOURCES = ['cpu', 'memory'] as const;
/** `cpu` in cores, `memory` in bytes. */
export type Resource = (typeof RESOURCES)[number];

/** `shop/cart`: for messages, and as the key of a Map. */
export const idOf = ({ namespace, component }: ComponentKey): string => `${namespace}/${component}`;
