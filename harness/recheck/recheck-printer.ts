import type { ExitCode } from '../cli/exit-code.ts';
import { emphasise } from '../cli/terminal-style.ts';
import type { ReadRun } from '../history/evidence-file.ts';
import { formatCount } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import { signOfVerdict } from '../report/verdict-sign.ts';
import type { Rechecked } from './rechecked.ts';

interface RecheckEnd {
  readonly runs: number;
  readonly checks: readonly Rechecked[];
  /** What could not be judged or compared. */
  readonly gaps: readonly string[];
  readonly exitCode: ExitCode;
}

/** Shows the runs of a report as they are judged again. What comes out of files is printed without control characters. */
export class RecheckPrinter {
  readonly #write: (text: string) => void;
  readonly #colour: boolean;

  constructor(write: (text: string) => void, colour: boolean) {
    this.#write = write;
    this.#colour = colour;
  }

  run(file: string, { arm, round, evidence, queueproof }: ReadRun, checks: readonly Rechecked[]): void {
    const about = `${formatCount(evidence.ledger.messages)} messages, recorded by queueproof ${queueproof}`;
    const title = emphasise(printable(`${arm}, round ${round}`), 'strong', this.#colour);
    this.#write(`${title}  ${emphasise(printable(`${about}  ${file}`), 'quiet', this.#colour)}\n`);
    for (const check of checks) this.#check(check);
    this.#write('\n');
  }

  end({ runs, checks, gaps, exitCode }: RecheckEnd): void {
    for (const gap of gaps) this.#signed('?', 'warn', gap);
    const valid = checks.filter(({ verdict }) => verdict === 'valid').length;
    const differing = checks.filter(({ differences }) => differences.length > 0).length;
    const differ = differing === 0 ? '' : `, ${differing} not as reported`;
    const tone = exitCode === 0 ? 'good' : exitCode === 1 ? 'bad' : 'warn';
    const where = runs === 1 ? '1 run' : `${runs} runs`;
    const text = `${valid} of ${checks.length} checks valid in ${where}${differ}, exit code ${exitCode}`;
    this.#signed(exitCode === 0 ? '✓' : exitCode === 1 ? '✗' : '?', tone, text);
    if (exitCode === 1) this.#write(`→ docs/checks.md says what violates each check; the facts stand under it above\n`);
    else if (exitCode !== 0)
      this.#write('→ what is missing stands above with a ?; without it nothing can be concluded\n');
  }

  #check({ name, verdict, summary, witness, differences }: Rechecked): void {
    const { symbol, tone } = signOfVerdict(verdict);
    this.#write('  ');
    this.#signed(symbol, tone, `${name}: ${summary}`);
    for (const difference of differences) {
      this.#write('    ');
      this.#signed('≠', 'bad', difference);
    }
    for (const fact of witness) this.#write(`      ${printable(fact)}\n`);
  }

  #signed(symbol: string, tone: 'good' | 'bad' | 'warn', text: string): void {
    this.#write(`${emphasise(symbol, tone, this.#colour)} ${printable(text)}\n`);
  }
}
