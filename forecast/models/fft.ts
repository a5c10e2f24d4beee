import { valueAt } from '../../domain/quantile.ts';

/** Complex numbers, their parts apart; of equal length. */
export type Spectrum = { readonly real: Float64Array; readonly imaginary: Float64Array };

/**
 * The discrete Fourier transform `X[k] = sum x[n] e^(-2 pi i k n / N)`, of any length: fast where its prime factors are
 * small, as those of whole days are.
 *
 * @see Cooley & Tukey, An Algorithm for the Machine Calculation of Complex Fourier Series, 1965.
 */
export function fourier(values: Spectrum): Spectrum {
  const { length } = values.real;
  const factor = smallestFactor(length);
  if (factor === length) return slow(values);
  const parts = Array.from({ length: factor }, (_, offset) =>
    fourier(everyNth(values, factor, offset)),
  );
  return together(parts, length);
}

/** What has this transform. */
export function inverseFourier({ real, imaginary }: Spectrum): Spectrum {
  // The transform of the parts exchanged is the inverse with its parts exchanged, times the length.
  const exchanged = fourier({ real: imaginary, imaginary: real });
  const share = (values: Float64Array): Float64Array => values.map((value) => value / real.length);
  return { real: share(exchanged.imaginary), imaginary: share(exchanged.real) };
}

function smallestFactor(length: number): number {
  for (let factor = 2; factor * factor <= length; factor += 1) {
    if (length % factor === 0) return factor;
  }
  return length;
}

const everyNth = ({ real, imaginary }: Spectrum, n: number, offset: number): Spectrum => {
  const pick = (from: Float64Array): Float64Array =>
    Float64Array.from({ length: from.length / n }, (_, index) => valueAt(from, index * n + offset));
  return { real: pick(real), imaginary: pick(imaginary) };
};

/** By the definition. */
const slow = (values: Spectrum): Spectrum => {
  const { length } = values.real;
  const single = Array.from({ length }, (_, index) => everyNth(values, length, index));
  return length === 1 ? values : together(single, length);
};

/** The transform of the whole from those of its every nth values. */
function together(parts: readonly Spectrum[], length: number): Spectrum {
  const size = length / parts.length;
  const real = new Float64Array(length);
  const imaginary = new Float64Array(length);
  const cosines = Float64Array.from({ length }, (_, k) => Math.cos((2 * Math.PI * k) / length));
  const sines = Float64Array.from({ length }, (_, k) => -Math.sin((2 * Math.PI * k) / length));
  parts.forEach((part, offset) => {
    for (let k = 0; k < length; k += 1) {
      const turn = (k * offset) % length;
      const [a, b] = [valueAt(part.real, k % size), valueAt(part.imaginary, k % size)];
      const [c, s] = [valueAt(cosines, turn), valueAt(sines, turn)];
      real[k] = valueAt(real, k) + a * c - b * s;
      imaginary[k] = valueAt(imaginary, k) + a * s + b * c;
    }
  });
  return { real, imaginary };
}
