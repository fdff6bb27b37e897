import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessGroup } from '../target/process-group.ts';
import { QuotedLines } from '../target/quoted-lines.ts';

export interface ClinicOrder {
  /** Arguments of Node: clinic's program and what it is to do. */
  readonly arguments: readonly string[];
  /** Working directory; clinic leaves files there, and refuses to work where some are left of another time. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs clinic in a process group of its own, without an input that it could wait for, and kills all of it when the time is
 * up: clinic 13 is not maintained any more, and was seen to hang for ever over its data. Answers with what went wrong,
 * clinic's last words included; undefined when it ended well.
 */
export async function runClinic(order: ClinicOrder): Promise<string | undefined> {
  const { folder, environment, limitMs, signal } = order;
  if (signal.aborted) return 'interrupted';
  const child = spawn(process.execPath, [...order.arguments], {
    cwd: folder,
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  await once(child, 'spawn');
  using group = new ProcessGroup(child.pid ?? 0);
  const words = new QuotedLines();
  const closed = [child.stdout, child.stderr].map((stream) => {
    const reader = createInterface({ input: stream });
    reader.on('line', (line) => words.add(line));
    return once(reader, 'close');
  });
  const ended = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  const timer = new AbortController();
  const limit = sleep(limitMs, 'late', { signal: AbortSignal.any([timer.signal, signal]) }).catch(() => 'interrupted');
  const outcome = await Promise.race([ended, limit]);
  timer.abort();
  // Also after it has ended: whatever it started must not outlive it.
  group.kill();
  await Promise.all([...closed, ended]);
  if (outcome === 'interrupted') return outcome;
  if (typeof outcome === 'string') return `not done after ${limitMs / 1000} s, so it was killed; ${lastWords(words)}`;
  const [code, killedBy] = outcome;
  return code === 0 ? undefined : `ended with ${killedBy ?? `exit code ${code}`}; ${lastWords(words)}`;
}

function lastWords(words: QuotedLines): string {
  const text = String(words);
  return text === '' ? 'it said nothing' : `its last words: ${text}`;
}
