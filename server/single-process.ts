import { BufferKeeper } from './buffer/buffer-keeper.ts';
import { BufferLine } from './buffer/buffer-line.ts';
import { CallLine } from './buffer/call-line.ts';
import type { Member } from './buffer/route-control.ts';
import { ConfigError, decodeConfig, type ServerConfig } from './config.ts';
import { DatabaseUnavailableError, prepareDatabase } from './database-check.ts';
import { createLog, type Logger } from './log.ts';
import { ScrapeExchange, type ScrapePeer } from './observe/scrape-exchange.ts';
import { ScrapeLine } from './observe/scrape-line.ts';
import { connectionBudget, divideBudget } from './pool/connection-budget.ts';
import { reportFailure } from './report-failure.ts';
import { WakeLine } from './wake/wake-line.ts';
import { type PrimaryLines, startWorker } from './worker.ts';

// The server with its one worker in the process of the primary, for tools that can look into one process only. It is made of
// the same parts as main.ts; nobody replaces a worker that dies, and PostgreSQL must be there at the start.

async function main(environment: NodeJS.ProcessEnv): Promise<number> {
  const log = createLog('info', 0);
  try {
    const config = decodeConfig(environment);
    if (config.workers !== 1)
      throw new ConfigError(`NUM_WORKERS: expected 1 in a single process, got ${config.workers}`);
    await serve(config, createLog(config.logLevel, 0));
    return 0;
  } catch (error) {
    return reportFailure(error, log);
  }
}

async function serve(config: ServerConfig, log: Logger): Promise<void> {
  const stopAsked = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopAsked.resolve(signal));
  const budget = connectionBudget(config.poolSize, config.poolMode);
  const [share = budget] = divideBudget(budget, config.workers, config.poolMode);
  await using keeper = await BufferKeeper.open(config.fileBuffer, log);
  const view = await prepareDatabase(config, budget, log);
  if (view === undefined) throw new DatabaseUnavailableError('PostgreSQL must be there when a single process starts.');
  await keeper.databaseIsPrepared(view);
  log.info({ event: 'worker-started', number: 1, workerPid: process.pid, budget: share }, 'worker started');
  const worker = await startWorker(config, share, 1, linesTo(keeper), log);
  const { host } = config;
  const { port } = worker;
  log.info({ event: 'listening', host, port, workers: 1 }, `listening on http://${host}:${port}`);
  const signal = await stopAsked.promise;
  log.info({ event: 'stopping', signal }, 'stopping');
  await keeper.stopDraining();
  await worker.stop();
}

/** What otherwise goes between processes is called at once. */
function linesTo(keeper: BufferKeeper): PrimaryLines {
  // No other worker waits for messages, and none is asked for its metrics.
  const wake = new WakeLine(() => undefined);
  const exchange = new ScrapeExchange();
  const self: ScrapePeer = { send: (message) => scrapes.receive(message) };
  const scrapes = new ScrapeLine((message) => exchange.receive(self, message));
  exchange.join(self);
  return {
    wake,
    scrapes,
    connectBuffer: (duties) => {
      const member: Member = {
        number: 1,
        line: new CallLine(
          (message) => buffer.receive(message),
          keeper.serviceFor(() => member),
        ),
        kill: () => process.kill(process.pid, 'SIGKILL'),
      };
      const buffer = new BufferLine((message) => member.line.receive(message), duties);
      return buffer;
    },
  };
}

// Ends by itself when nothing is open any more: a tool may have something to write then.
process.exitCode = await main(process.env);
