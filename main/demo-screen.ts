import type { Terminal } from './progress.ts';

const CLEARED = '\r\u001B[K';

/** Where the demo talks: lines that stay and, on a screen, a last one that is redrawn. */
export function demoScreen(terminal: Terminal) {
  const isScreen = terminal.isTTY === true && process.env['TERM'] !== 'dumb';
  let status = '';
  return {
    say(text: string): void {
      terminal.write(status === '' ? `${text}\n` : `${CLEARED}${text}\n${status}`);
    },
    /** Into a file or a pipe no status goes: it would be a thousand lines. */
    show(text: string): void {
      if (!isScreen) return;
      status = text;
      terminal.write(`${CLEARED}${text}`);
    },
    /** Leaves the last status where it is, and the shell its own line. */
    end(): void {
      if (status !== '') terminal.write('\n');
      status = '';
    },
  };
}
