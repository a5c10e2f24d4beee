import type { ComponentKey } from '../domain/component.ts';
import { refusal, type SelfScalingError } from '../domain/errors.ts';
import type { EpochMs, Window } from '../domain/units.ts';

/* What every store refuses before it writes anything: a bad name or number costs the call, never the batch beside it. */

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const NAMESPACE = new RegExp(`^${LABEL}$`);
const COMPONENT = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const LONGEST_NAMESPACE = 63;
const LONGEST_COMPONENT = 253;

/** Settings (`managed/shop/cart`, `train-values`) and models; fits any tag, path and regular expression. */
const NAME = /^[a-z0-9](?:[-a-z0-9._+/]*[a-z0-9])?$/;
const LONGEST_NAME = 400;

const MS_A_SECOND = 1000;
/** Refusals repeat a wrong name, but not a megabyte of it. */
const SHOWN_CHARACTERS = 80;

/**
 * The key as it was given, when both names are such as Kubernetes gives.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID`.
 */
export function checkedKey(key: ComponentKey): ComponentKey {
  const { namespace, component } = key;
  if (namespace.length > LONGEST_NAMESPACE || !NAMESPACE.test(namespace)) {
    throw invalid('namespace', namespace, `a DNS label of at most ${LONGEST_NAMESPACE} characters`);
  }
  if (component.length > LONGEST_COMPONENT || !COMPONENT.test(component)) {
    throw invalid('component', component, `a DNS name of at most ${LONGEST_COMPONENT} characters`);
  }
  return key;
}

/** @throws {SelfScalingError} `REQUEST_INVALID`. */
export function checkedName(name: string, what: string): string {
  if (name.length > LONGEST_NAME || !NAME.test(name)) {
    throw invalid(what, name, `lower case letters, digits and -._+/, at most ${LONGEST_NAME}`);
  }
  return name;
}

/**
 * The number; negative zero becomes zero, because databases differ in what they make of it.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID` for NaN and the infinities: unknown is never a number.
 */
export function finite(value: number, what: string): number {
  if (!Number.isFinite(value)) throw invalid(what, String(value), 'a finite number');
  return value + 0;
}

/** @throws {SelfScalingError} `REQUEST_INVALID` for anything but 0, 1, 2, … */
export function count(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw invalid(what, String(value), 'a whole number, not negative');
  }
  return value + 0;
}

/** @throws {SelfScalingError} `REQUEST_INVALID` for an instant between two seconds. */
export const wholeSeconds = (at: EpochMs, what: string): number =>
  count(at / MS_A_SECOND, `${what}, in seconds,`);

/** @throws {SelfScalingError} `REQUEST_INVALID` when an end is missing: there is no read without both. */
export function checkedWindow(window: Window): Window {
  finite(window.from, 'the start of the window');
  finite(window.to, 'the end of the window');
  return window;
}

const invalid = (what: string, found: string, wanted: string): SelfScalingError =>
  refusal(
    'REQUEST_INVALID',
    `${what} ${JSON.stringify(found.slice(0, SHOWN_CHARACTERS))} must be ${wanted}`,
  );
