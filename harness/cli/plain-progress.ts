import { printable } from '../report/printable.ts';
import type { Progress, ProgressStream } from './progress.ts';
import { emphasise } from './terminal-style.ts';

/** Progress for a log: one line when a step has ended, nothing while it runs. */
export class PlainProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #colour: boolean;

  constructor(stream: ProgressStream, colour: boolean) {
    this.#stream = stream;
    this.#colour = colour;
  }

  phase(): void {}

  arm(): void {}

  update(): void {}

  done(line: string): void {
    this.#stream.write(`${emphasise('✓', 'good', this.#colour)} ${printable(line)}\n`);
  }

  fail(line: string): void {
    this.#stream.write(`${emphasise('✗', 'bad', this.#colour)} ${printable(line)}\n`);
  }

  close(): void {}
}
