import type { Statement } from '../pool/pool-member.ts';

/** Which worker of which server. */
export interface WorkerName {
  readonly hostname: string;
  readonly port: number;
  readonly worker: number;
}

/** Keeps how a worker is, once a minute; the latest of a minute stays. */
export function addSystemSampleStatement({ hostname, port, worker }: WorkerName, sample: object): Statement {
  return {
    name: 'add-system-sample',
    text: `
      insert into system_samples (minute, hostname, port, worker, sample)
      values (date_trunc('minute', now()), $1, $2, $3, $4)
      on conflict (minute, hostname, port, worker) do update set sample = excluded.sample`,
    values: [hostname, port, worker, JSON.stringify(sample)],
  };
}

export interface SystemSampleRow extends WorkerName {
  readonly samples: readonly { readonly timestamp: string; readonly metrics: object }[];
}

/** Rows are {@link SystemSampleRow}, one a worker, its samples oldest first, at most `limit` samples each. */
export function listSystemSamplesStatement(from: Date, to: Date, limit: number): Statement {
  return {
    name: 'system-samples',
    text: `
      select hostname, port, worker,
             json_agg(json_build_object('timestamp', minute, 'metrics', sample) order by minute) as samples
      from (
        select *, row_number() over (partition by hostname, port, worker order by minute desc) as nth
        from system_samples where minute >= date_trunc('minute', $1::timestamptz) and minute < $2
      ) s
      where nth <= $3
      group by hostname, port, worker
      order by hostname, port, worker`,
    values: [from.toISOString(), to.toISOString(), limit],
  };
}
