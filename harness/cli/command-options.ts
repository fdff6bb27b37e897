import { Command, InvalidArgumentError, Option } from 'commander';
import { parseSeed } from './seed-option.ts';

/** What is run when no scenario is named. */
export const DEFAULT_SCENARIO = 'push-vs-legacy';

/** Options of `npm run scenario`. */
export interface CommandOptions {
  readonly list: boolean;
  readonly new?: string;
  /** True: all keys. */
  readonly explain?: string | true;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly quick: boolean;
  readonly set: readonly string[];
  readonly only?: readonly string[];
  readonly postgres?: string;
  readonly target?: string;
  readonly targetPostgres?: string;
  readonly targetPoolSize?: number;
  readonly seed?: number;
  readonly reports: string;
}

/** The program with its options; see {@link CommandOptions}. */
export function describeProgram(): Command {
  return new Command('npm run scenario --')
    .description('Runs scenarios: drives a queue server, proves that nothing was lost, and only then prints msg/s.')
    .argument('[scenario...]', `names in scenarios/, or paths of YAML files (default: ${DEFAULT_SCENARIO})`)
    .option('--list', 'list the scenarios with their question and expected time', false)
    .option('--new <name>', 'write scenarios/<name>.yaml, commented and ready to run, for a question of yours')
    .option('--explain [key]', 'say what a key of a scenario means, such as load.batch (default: all keys)')
    .option('--dry-run', 'print the runs, their connection budgets and the time they will take, and run nothing', false)
    .addOption(
      new Option('--json', 'print each result as one line of JSON, and all else to stderr')
        .conflicts(['list', 'new', 'explain', 'dryRun'])
        .default(false),
    )
    .option('--quick', "use the scenario's quick values", false)
    .option('--set <key=value>', 'override a key, such as server.workers=4 (repeatable)', collect, [])
    .option('--only <defects>', 'of defects only these: names with commas between', parseNames)
    .option('--postgres <provider>', 'auto, testcontainers, embedded or a postgres:// URL')
    .option(
      '--target <url>',
      'drive this server instead of starting one, in a queue of its own that is deleted at the end',
    )
    .option('--target-postgres <url>', "the target's database, to be read: without it nothing is proved")
    .option(
      '--target-pool-size <n>',
      'DB_POOL_SIZE the target was started with, for its connection budget',
      parsePoolSize,
    )
    .option('--seed <number>', 'seed of everything random (default: random, printed in the report)', parseSeed)
    .option('--reports <folder>', 'where reports go', 'reports');
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function parsePoolSize(text: string): number {
  const size = Number(text);
  if (/^\d{1,5}$/.test(text) && size > 0) return size;
  throw new InvalidArgumentError(`expected a whole number from 1 to 99999, got "${text}"`);
}

function parseNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}
