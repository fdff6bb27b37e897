import { formatCount, formatRate } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import type { PlannedRun } from '../scenario/scenario.ts';
import type { Progress, ProgressStream, ProgressUpdate } from './progress.ts';
import { emphasise } from './terminal-style.ts';
import { truncateText } from './text-width.ts';

const START_OF_LINE = '\r\u001b[2K';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const BAR_COLUMNS = 16;
const DEFAULT_COLUMNS = 80;
const MIN_TITLE_COLUMNS = 20;
const MS_PER_S = 1000;

/**
 * Progress for a terminal: finished steps stay as lines, the one in progress is rewritten in place below them. It has no
 * timer and no signal handler of its own: whoever runs the scenario drives it and calls `close()`. (listr2 wants to own the
 * tasks, the signals and the screen; here the lifecycle of a run owns them.)
 */
export class LiveProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #colour: boolean;
  #title = '';
  #frame = 0;
  #isDrawn = false;

  constructor(stream: ProgressStream, colour: boolean) {
    this.#stream = stream;
    this.#colour = colour;
  }

  phase(text: string): void {
    this.#title = printable(text);
    this.#draw('');
  }

  arm({ arm, round }: PlannedRun, index: number, of: number): void {
    this.#title = `[${index}/${of}] ${printable(arm.name)}, round ${round}`;
    this.#draw('');
  }

  update(state: ProgressUpdate): void {
    this.#draw(describe(state));
  }

  done(line: string): void {
    this.#finish('✓', 'good', line);
  }

  fail(line: string): void {
    this.#finish('✗', 'bad', line);
  }

  close(): void {
    if (!this.#isDrawn) return;
    this.#stream.write(START_OF_LINE + SHOW_CURSOR);
    this.#isDrawn = false;
  }

  #finish(symbol: string, tone: 'good' | 'bad', line: string): void {
    this.close();
    this.#stream.write(`${emphasise(symbol, tone, this.#colour)} ${printable(line)}\n`);
  }

  /** The line is cut to the terminal: a line that wraps could not be rewritten in place. */
  #draw(state: string): void {
    // Some pseudo-terminals say 0.
    const columns = this.#stream.columns || DEFAULT_COLUMNS;
    const spinner = SPINNER[this.#frame % SPINNER.length] ?? '';
    this.#frame += 1;
    const room = columns - 3;
    const stateRoom = Math.min(room, state.length);
    const title = truncateText(this.#title, Math.max(MIN_TITLE_COLUMNS, room - stateRoom - 2));
    const text = truncateText(state === '' ? title : `${title}  ${state}`, room);
    this.#stream.write(
      `${this.#isDrawn ? '' : HIDE_CURSOR}${START_OF_LINE}${emphasise(spinner, 'quiet', this.#colour)} ${text}`,
    );
    this.#isDrawn = true;
  }
}

/** A rate is told as unproved, that word first: a line cut short must not show a bare figure. */
function describe({ phase, elapsedMs, totalMs, msgPerS, errors }: ProgressUpdate): string {
  const seconds = (durationMs: number) => (durationMs / MS_PER_S).toFixed(1);
  const time =
    totalMs > 0 ? `${bar(elapsedMs / totalMs)} ${seconds(elapsedMs)}/${seconds(totalMs)} s` : `${seconds(elapsedMs)} s`;
  const rate = msgPerS === undefined ? [] : [`unproved: ${formatRate(msgPerS)} msg/s so far`];
  const trouble = errors === 0 ? [] : [`${formatCount(errors)} errors`];
  return [`${phase} ${time}`, ...trouble, ...rate].join(' · ');
}

function bar(fraction: number): string {
  const filled = Math.round(Math.max(0, Math.min(1, fraction)) * BAR_COLUMNS);
  return '━'.repeat(filled) + '─'.repeat(BAR_COLUMNS - filled);
}
