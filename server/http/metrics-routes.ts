import type { FastifyInstance } from 'fastify';
import { AggregatorRegistry } from 'prom-client';
import type { ScrapeLine } from '../observe/scrape-line.ts';
import type { WorkerMetrics } from '../observe/worker-metrics.ts';
import { sumReports, type WorkerReport } from '../observe/worker-report.ts';
import { type Query, queryWord } from './read-query.ts';

const SCOPES = ['server', 'worker'] as const;
/** What Prometheus asks for; browsers and plain clients ask for anything, and get the contract's JSON. */
const TEXT_WANTED = /\b(?:text\/plain|application\/openmetrics-text)\b/;

/**
 * `GET /metrics`: the contract's JSON, or Prometheus text for who asks for it; `GET /metrics/prometheus`: always text. Of
 * the whole server, whichever worker is asked; of that worker alone with `?scope=worker`.
 */
export function registerMetrics(app: FastifyInstance, metrics: WorkerMetrics, line: ScrapeLine): void {
  app.addHook('onResponse', async (request, reply) => {
    // Paths that are none would make a series each.
    metrics.recordRequest(request.method, request.routeOptions.url ?? 'none', reply.statusCode);
  });
  const gather = async (query: Query): Promise<readonly WorkerReport[]> => {
    if (queryWord(query, 'scope', SCOPES) === 'worker') return [await metrics.report()];
    const others = await line.askOthers();
    return [await metrics.report(), ...others];
  };
  app.get<{ Querystring: Query }>('/metrics', async ({ query, headers }, reply) => {
    const reports = await gather(query);
    if (!TEXT_WANTED.test(headers.accept ?? '')) return sumReports(reports);
    return await reply.type(AggregatorRegistry.PROMETHEUS_CONTENT_TYPE).send(await toText(reports));
  });
  app.get<{ Querystring: Query }>('/metrics/prometheus', async ({ query }, reply) =>
    reply.type(AggregatorRegistry.PROMETHEUS_CONTENT_TYPE).send(await toText(await gather(query))),
  );
}

async function toText(reports: readonly WorkerReport[]): Promise<string> {
  return await AggregatorRegistry.aggregate(reports.map(({ series }) => [...series])).metrics();
}
