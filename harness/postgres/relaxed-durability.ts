/** What is not true any more when PostgreSQL runs with the setting switched off. */
const COST_OF_OFF: Readonly<Record<string, string>> = {
  fsync: 'no commit waits for the disk, so speeds are those without one, and a power failure may cost everything',
  full_page_writes: 'pages are not logged whole, so less is written, and a power failure may leave torn ones',
  synchronous_commit:
    'commits are answered before they are on the disk, and a crash of PostgreSQL may cost the last of them',
};

/**
 * One sentence for each setting that makes PostgreSQL faster by promising less, for the reader of the speeds.
 *
 * `settings` are those that differ from the default, as PostgreSQL shows them. The three are what its manual lists under
 * "Non-Durable Settings": https://www.postgresql.org/docs/current/non-durability.html
 */
export function relaxedDurability(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(COST_OF_OFF).flatMap(([name, cost]) =>
    settings[name] === 'off' ? [`PostgreSQL runs with ${name}=off: ${cost}`] : [],
  );
}
