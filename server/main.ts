import cluster from 'node:cluster';
import { BufferLine, type WorkerDuties } from './buffer/buffer-line.ts';
import type { CallMessage } from './buffer/call-line.ts';
import { decodeConfig, type ServerConfig } from './config.ts';
import { createLog, type Logger } from './log.ts';
import { ScrapeLine, type ScrapeMessage } from './observe/scrape-line.ts';
import type { ConnectionBudget } from './pool/connection-budget.ts';
import { runPrimary, WORKER_VARIABLES, type WorkerReady } from './primary.ts';
import { reportFailure } from './report-failure.ts';
import { WakeLine, type WakeMessage } from './wake/wake-line.ts';
import { startWorker } from './worker.ts';

/** Runs the process, primary or worker, and answers with its exit code. */
async function main(environment: NodeJS.ProcessEnv): Promise<number> {
  const number = Number(environment[WORKER_VARIABLES.number] ?? 0);
  let log = createLog('info', number);
  try {
    const config = decodeConfig(environment);
    log = createLog(config.logLevel, number);
    if (cluster.isPrimary) return await runPrimary(config, log);
    return await runWorker(config, JSON.parse(environment[WORKER_VARIABLES.budget] ?? ''), number, log);
  } catch (error) {
    return reportFailure(error, log);
  }
}

async function runWorker(config: ServerConfig, budget: ConnectionBudget, number: number, log: Logger): Promise<number> {
  const stopAsked = Promise.withResolvers<void>();
  process.on('SIGTERM', () => stopAsked.resolve());
  // Ctrl-C reaches the whole process group; the primary decides when the workers stop.
  process.on('SIGINT', () => undefined);
  // The primary is gone: nobody could stop this worker any more.
  process.on('disconnect', () => stopAsked.resolve());
  const send = (message: WakeMessage | ScrapeMessage | CallMessage): void => {
    // Without the primary nobody could be told; the worker is about to end.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const wake = new WakeLine(send);
  const scrapes = new ScrapeLine(send);
  const connectBuffer = (duties: WorkerDuties): BufferLine => {
    const buffer = new BufferLine(send, duties);
    process.on('message', (message: WakeMessage | ScrapeMessage | CallMessage) => {
      if (!('kind' in message)) buffer.receive(message);
      else if (message.kind === 'wake' || message.kind === 'interest') wake.receive(message);
      else scrapes.receive(message);
    });
    process.on('disconnect', () => buffer.close());
    return buffer;
  };
  const worker = await startWorker(config, budget, number, { wake, scrapes, connectBuffer }, log);
  process.send?.({ ready: true, port: worker.port } satisfies WorkerReady);
  await stopAsked.promise;
  await worker.stop();
  return 0;
}

process.exitCode = await main(process.env);
// Whatever is still open has been waited for; a stray handle must not keep a stopped server alive.
process.exit();
