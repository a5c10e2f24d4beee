import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { fourier, inverseFourier } from './fft.ts';

const random = seededRandom(1);
const noise = (length: number): Float64Array => Float64Array.from({ length }, () => random() - 0.5);

test.each([1, 2, 7, 12, 96, 5 * 96, 11 * 13])('of %i values it is the sum by definition', (n) => {
  const [real, imaginary] = [noise(n), noise(n)];
  const found = fourier({ real, imaginary });
  for (const k of [0, 1, Math.floor(n / 2), n - 1]) {
    let [a, b] = [0, 0];
    real.forEach((value, index) => {
      const angle = (-2 * Math.PI * k * index) / n;
      a += value * Math.cos(angle) - imaginary[index]! * Math.sin(angle);
      b += value * Math.sin(angle) + imaginary[index]! * Math.cos(angle);
    });
    if (k >= n) continue;
    expect(found.real[k]).toBeCloseTo(a, 9);
    expect(found.imaginary[k]).toBeCloseTo(b, 9);
  }
});

test('its inverse gives the values back', () => {
  const [real, imaginary] = [noise(480), noise(480)];
  const back = inverseFourier(fourier({ real, imaginary }));
  const miss = real.map((value, index) => Math.abs(value - back.real[index]!));
  expect(Math.max(...miss)).toBeLessThan(1e-12);
  expect(back.imaginary[7]).toBeCloseTo(imaginary[7]!, 12);
});
