import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { RESERVED_NAMES, SCENARIO_FOLDER } from './scenario-file.ts';

/** Words as the shipped scenarios are named by; shorter than a folder's name may be, for reports have one too. */
const NEW_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const LONGEST_NAME = 60;

/**
 * Writes a scenario to begin with into the folder of scenarios: commented, valid, and run in seconds. Answers with its path
 * from the working directory. A file that is there already is left as it is.
 *
 * @throws CommandError (usage) for a name that is none or is taken, and (unavailable) where nothing can be written.
 */
export function writeNewScenario(name: string, folder: string = SCENARIO_FOLDER): string {
  if (!NEW_NAME.test(name) || name.length > LONGEST_NAME || RESERVED_NAMES.includes(name)) {
    const expected = `lower-case words of letters and digits with - between, not ${RESERVED_NAMES.join(' or ')}`;
    throw new CommandError(EXIT_CODE.usage, `--new: expected ${expected}, got ${JSON.stringify(name)}`, {
      hint: `npm run scenario -- --new ${nameLike(name)}`,
    });
  }
  const path = resolve(folder, `${name}.yaml`);
  const shown = relative(process.cwd(), path);
  try {
    writeFileSync(path, newScenarioText(name), { flag: 'wx' });
  } catch (error) {
    throw notWritten(name, shown, error);
  }
  return shown;
}

function notWritten(name: string, shown: string, cause: unknown): CommandError {
  if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
    const hint = `take another name, or run it: npm run scenario -- ${name}`;
    return new CommandError(EXIT_CODE.usage, `--new: ${shown} is there already, and is left as it is`, { hint, cause });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  const hint = 'a scenario may lie anywhere: write one to a folder of yours, and run it by its path';
  return new CommandError(EXIT_CODE.unavailable, `--new: ${shown} cannot be written: ${why}`, { hint, cause });
}

/** A name that would do, near to what was given. */
function nameLike(name: string): string {
  const words = name
    .toLowerCase()
    .replace(/\.ya?ml$/, '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const like = words.join('-').slice(0, LONGEST_NAME).replace(/-$/, '');
  return like === '' || RESERVED_NAMES.includes(like) ? 'my-question' : like;
}

/** Exported for its test: what is written must be valid, and met by the reference server. */
export function newScenarioText(name: string): string {
  return `# yaml-language-server: $schema=./scenario.schema.json
#
# One file, one question. An editor that speaks the YAML language server completes every key by the schema above;
#   npm run scenario -- --explain load.batch     says what a key means (--explain alone: all keys)
#   npm run scenario -- ${name} --dry-run        shows the runs, their connections and their time; runs nothing
#   npm run scenario -- ${name}                  runs it
question: Is a batch of 100 messages faster than a batch of 10?

# The server under test: cluster workers, and DB_POOL_SIZE before the 95 % cut and the 60/40 split. What is left out has its
# default.
server: { workers: 2, poolSize: 80 }

# What the producers do. The warm-up is proved like the rest, but not measured.
load:
  route: push
  payloadBytes: 100
  partitions: 10
  closed: { connections: 16 }
  warmUp: 500ms
  duration: 2s

# What is varied: every value is an arm; several keys multiply. Arms are named after their values: "batch=10", "batch=100".
matrix:
  load.batch: [10, 100]

# Rounds are interleaved (A B, B A, …), so that drift hits all arms alike. Three or more give an interval.
rounds: 1

# true: measures as well what plain SQL reaches in the same tables, which makes figures of two machines comparable.
ceiling: false

# What must hold. Without a proof there is no figure; these come on top of it, and fail with exit code 2.
expect:
  - lost == 0
  - duplicated == 0
  - '"batch=100".throughput / "batch=10".throughput >= 1'

# What --quick puts in the place of the above.
quick: { load.duration: 1s }
`;
}
