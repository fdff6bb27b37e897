import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** The lines of a `COPY … TO STDOUT`, as many at a time as come at once. Throws what the driver throws. */
export async function* copyLines(client: Client, statement: string): AsyncGenerator<readonly string[]> {
  const stream = client.query(copyTo(statement));
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
}
