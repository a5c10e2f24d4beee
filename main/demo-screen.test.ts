import { expect, test } from 'vitest';
import { demoScreen } from './demo-screen.ts';

const on = (isTTY: boolean) => {
  const written: string[] = [];
  return { written, screen: demoScreen({ isTTY, write: (text) => written.push(text) }) };
};

test('on a screen the status stays below what is said, and leaves the shell its own line', () => {
  const { screen, written } = on(true);
  screen.say('history');
  screen.show('08:45');
  screen.say('cart 3 -> 5');
  screen.end();
  screen.say('bye');
  const shown = ['history\n', '\r\u001B[K08:45', '\r\u001B[Kcart 3 -> 5\n08:45', '\n', 'bye\n'];
  expect(written).toEqual(shown);
});

test('into a pipe go lines alone', () => {
  const { screen, written } = on(false);
  screen.show('08:45');
  screen.say('cart 3 -> 5');
  screen.end();
  expect(written).toEqual(['cart 3 -> 5\n']);
});
