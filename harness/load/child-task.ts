import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CommandError, type ExitCode } from '../cli/exit-code.ts';

/** What a child process says to the parent: any number of progress reports, then one result or failure. */
type ChildMessage =
  | { readonly kind: 'progress'; readonly progress: unknown }
  | { readonly kind: 'result'; readonly result: unknown }
  | {
      readonly kind: 'failure';
      readonly message: string;
      readonly stack: string;
      /** Of a CommandError. */
      readonly command?: { readonly exitCode: ExitCode; readonly hint: string } | undefined;
    };

const STDERR_LIMIT = 4_000;
const EXIT_LIMIT_MS = 2_000;

/** A child process at its task. */
export interface ChildTask<Result> {
  /** Hands the child a message; one that has ended needs none. */
  tell(message: unknown): void;
  /** Settles once the child has ended; see {@link startChild} for what it throws. */
  readonly result: Promise<Result>;
}

/**
 * Runs a module that calls {@link serveParent} in a process of its own, hands it the order and returns its result;
 * orders, reports and results cross by structured cloning. The child ends with this call: it is killed on abort, and it
 * ends itself when this process is gone.
 *
 * Throws the signal's reason on abort, the child's own CommandError, and an Error with the end of the child's standard
 * error when it crashed.
 */
export async function runInChild<Progress, Result>(
  module: URL,
  order: unknown,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Result> {
  return await startChild<Progress, Result>(module, order, onProgress, signal).result;
}

/** {@link runInChild} for a child that is told something while it works. Throws the signal's reason when it is aborted. */
export function startChild<Progress, Result>(
  module: URL,
  order: unknown,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): ChildTask<Result> {
  signal.throwIfAborted();
  const child = fork(fileURLToPath(module), {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const result = attend<Progress, Result>(child, order, onProgress, signal);
  return {
    tell: (message) => {
      if (child.connected) child.send({ message });
    },
    result,
  };
}

async function attend<Progress, Result>(
  child: ChildProcess,
  order: unknown,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Result> {
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  try {
    return await converse<Progress, Result>(child, order, onProgress);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', kill);
    await end(child);
  }
}

function converse<Progress, Result>(
  child: ChildProcess,
  order: unknown,
  onProgress: (progress: Progress) => void,
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_LIMIT);
  });
  child.on('error', reject);
  child.on('close', (code, signalName) => {
    const how = signalName === null ? `exit code ${code}` : signalName;
    reject(new Error(`${child.spawnargs.at(-1)} ended with ${how} before it had a result\n${stderr}`.trimEnd()));
  });
  child.on('message', (message: ChildMessage) => {
    if (message.kind === 'progress') onProgress(message.progress as Progress);
    else if (message.kind === 'result') resolve(message.result as Result);
    else reject(toError(message));
  });
  child.send({ order }, (error) => {
    if (error !== null) reject(error);
  });
  return promise;
}

function toError(failure: Extract<ChildMessage, { kind: 'failure' }>): Error {
  const { message, stack, command } = failure;
  if (command === undefined) return new Error(message, { cause: stack });
  return new CommandError(command.exitCode, message, { hint: command.hint, cause: stack });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  const tooLate = setTimeout(() => child.kill('SIGKILL'), EXIT_LIMIT_MS);
  await exited;
  clearTimeout(tooLate);
}

/**
 * The child's side of {@link runInChild}: waits for the order, does the work, sends the result. `next` resolves with the
 * next message of {@link ChildTask.tell}. Ends the process when the parent is gone or has what it wants.
 */
export function serveParent<Order, Progress, Result, Told = never>(
  work: (order: Order, report: (progress: Progress) => void, next: () => Promise<Told>) => Promise<Result>,
): void {
  const send = (message: ChildMessage) => {
    // A parent that is gone needs no answer; the disconnect ends us.
    if (process.connected) process.send?.(message);
  };
  // Ctrl-C reaches the whole group of processes; what to do about it is the parent's decision.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit());
  const inbox = on(process, 'message');
  const nextMessage = async () => (await inbox.next()).value?.[0];
  const next = async (): Promise<Told> => (await nextMessage()).message;
  const serve = async () => {
    const { order } = await nextMessage();
    return await work(order, (progress) => send({ kind: 'progress', progress }), next);
  };
  serve().then(
    (result) => send({ kind: 'result', result }),
    (error: unknown) => send(failureOf(error)),
  );
}

function failureOf(error: unknown): ChildMessage {
  if (!(error instanceof Error)) return { kind: 'failure', message: String(error), stack: '' };
  const { message, stack = '' } = error;
  if (!(error instanceof CommandError)) return { kind: 'failure', message, stack };
  return { kind: 'failure', message, stack, command: { exitCode: error.exitCode, hint: error.hint } };
}
