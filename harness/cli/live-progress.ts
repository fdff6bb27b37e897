import { formatCount, formatRate } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import type { PlannedRun } from '../scenario/scenario.ts';
import type { Progress, ProgressStream, ProgressUpdate } from './progress.ts';
import { remainingMs } from './remaining-time.ts';
import { emphasise, HIDE_CURSOR, SHOW_CURSOR } from './terminal-style.ts';
import { textWidth, truncateText } from './text-width.ts';

const CLEAR_LINE = '\r\u001b[2K';
const LINE_UP = '\u001b[1A';
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const INDENT = '  ';
const BAR_COLUMNS = 16;
const DEFAULT_COLUMNS = 80;
const MIN_TITLE_COLUMNS = 20;
const MS_PER_S = 1000;

export interface LiveProgressOptions {
  readonly colour: boolean;
  /** What the plan takes the whole command to need; undefined when nobody knows. */
  readonly estimatedMs: number | undefined;
  readonly nowMs: () => number;
}

/**
 * Progress for a terminal: finished steps stay as lines; below them two are rewritten in place, one for what is in progress
 * and how long all will take, one for its phase. It has no timer and no signal handler of its own: whoever runs the scenario
 * drives it and calls `close()`. (listr2 wants to own the tasks, the signals and the screen; here the lifecycle of a run owns
 * them.)
 */
export class LiveProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #options: LiveProgressOptions;
  readonly #startedMs: number;
  /** When all will be over, as was last reckoned. */
  #endMs: number | undefined;
  #title = '';
  #frame = 0;
  /** Lines on the screen that are to be rewritten. */
  #drawn = 0;

  constructor(stream: ProgressStream, options: LiveProgressOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#startedMs = options.nowMs();
    this.#expectEnd(0, 1);
  }

  phase(text: string): void {
    this.#title = printable(text);
    this.#draw('');
  }

  arm({ arm, round }: PlannedRun, index: number, of: number): void {
    this.#title = `[${index}/${of}] ${printable(arm.name)}, round ${round}`;
    this.#expectEnd(index - 1, of);
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
    if (this.#drawn === 0) return;
    this.#stream.write(this.#clear() + SHOW_CURSOR);
    this.#drawn = 0;
  }

  #finish(symbol: string, tone: 'good' | 'bad', line: string): void {
    this.close();
    this.#stream.write(`${emphasise(symbol, tone, this.#options.colour)} ${printable(line)}\n`);
  }

  #expectEnd(done: number, runs: number): void {
    const { estimatedMs, nowMs } = this.#options;
    if (estimatedMs === undefined) return;
    const elapsedMs = nowMs() - this.#startedMs;
    this.#endMs = nowMs() + remainingMs({ estimatedMs, elapsedMs, done, runs });
  }

  /** Lines are cut to the terminal: one that wraps could not be rewritten in place. */
  #draw(state: string): void {
    // Some pseudo-terminals say 0. A line that fills the last column wraps in some of them.
    const room = (this.#stream.columns || DEFAULT_COLUMNS) - 1;
    const before = this.#drawn === 0 ? HIDE_CURSOR : this.#clear();
    const lines = [this.#titleLine(room), ...(state === '' ? [] : [truncateText(INDENT + state, room)])];
    this.#stream.write(before + lines.join('\n'));
    this.#drawn = lines.length;
    this.#frame += 1;
  }

  #titleLine(columns: number): string {
    const spinner = emphasise(SPINNER[this.#frame % SPINNER.length] ?? '', 'quiet', this.#options.colour);
    const room = columns - INDENT.length;
    const time = this.#time();
    const titleRoom = room - textWidth(time) - INDENT.length;
    if (titleRoom < MIN_TITLE_COLUMNS) return `${spinner} ${truncateText(this.#title, room)}`;
    const title = truncateText(this.#title, titleRoom);
    return `${spinner} ${title}${INDENT}${emphasise(time, 'quiet', this.#options.colour)}`;
  }

  /** `0:41, about 1:18 left`. */
  #time(): string {
    const nowMs = this.#options.nowMs();
    const elapsed = clock(nowMs - this.#startedMs);
    if (this.#endMs === undefined) return elapsed;
    return this.#endMs > nowMs ? `${elapsed}, about ${clock(this.#endMs - nowMs)} left` : `${elapsed}, nearly done`;
  }

  /** The cursor stands at the end of the last line that was drawn. */
  #clear(): string {
    return `${`${CLEAR_LINE}${LINE_UP}`.repeat(Math.max(0, this.#drawn - 1))}${CLEAR_LINE}`;
  }
}

/** A rate is told as unproved, that word first: a line cut short must not show a bare figure. */
function describe({ phase, elapsedMs, totalMs, msgPerS, errors }: ProgressUpdate): string {
  const seconds = (durationMs: number) => (durationMs / MS_PER_S).toFixed(1);
  const time =
    totalMs > 0
      ? ` ${bar(elapsedMs / totalMs)} ${seconds(elapsedMs)}/${seconds(totalMs)} s`
      : ` ${seconds(elapsedMs)} s`;
  const rate = msgPerS === undefined ? [] : [`unproved: ${formatRate(msgPerS)} msg/s now`];
  const trouble = errors === 0 ? [] : [`${formatCount(errors)} errors`];
  return [`${phase}${totalMs === 0 && elapsedMs === 0 ? '' : time}`, ...trouble, ...rate].join(' · ');
}

/** Minutes and seconds, `1:18`. */
function clock(durationMs: number): string {
  const seconds = Math.round(durationMs / MS_PER_S);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function bar(fraction: number): string {
  const filled = Math.round(Math.max(0, Math.min(1, fraction)) * BAR_COLUMNS);
  return '━'.repeat(filled) + '─'.repeat(BAR_COLUMNS - filled);
}
