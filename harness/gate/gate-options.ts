import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { parseSeed } from '../cli/seed-option.ts';
import { SLOWDOWNS, type Slowdown } from './candidate-program.ts';
import { DEFAULT_RULE } from './decision.ts';
import type { OpenRule } from './gate-rounds.ts';

/** The command line of a gate, as it was read. */
export interface GateOptions {
  readonly against?: string;
  readonly arms?: readonly [string, string];
  readonly baseline?: string;
  readonly save?: string;
  readonly calibrate: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly scenario?: string;
  readonly quick: boolean;
  readonly set: readonly string[];
  readonly postgres?: string;
  readonly minutes?: number;
  /** Shares. */
  readonly tolerated?: number;
  readonly margin?: number;
  readonly candidateSlowed?: Slowdown;
  readonly candidateDefect?: string;
  readonly seed?: number;
  readonly reports: string;
}

/** What a gate is asked to do. */
export type GateMode = 'against' | 'arms' | 'baseline' | 'save' | 'calibrate' | 'variant';

const MODES = '--against <ref>, --arms <a,b>, --baseline <file>, --save <name> or --calibrate';
const PERCENT = 100;

/** The command line with everything it takes; docs/gate.md says more of each. */
export function describeGate(): Command {
  return new Command('npm run gate --')
    .description(
      'Tells whether a version became slower: runs it and another one side by side, proves both, and only then compares.',
    )
    .option('--against <ref>', 'compare the working tree with this commit, branch or tag')
    .option('--arms <a,b>', 'compare two routes (push,push-legacy) or two arms of the scenario', parseArms)
    .option('--baseline <file>', 'compare a run with a baseline that was saved, by ratios and costs')
    .option('--save <name>', 'run the scenario and save it as reports/baselines/<name>.json')
    .option('--calibrate', 'find out what the gate can see on this machine, and how seldom it is wrong', false)
    .option('--dry-run', 'print what would be compared, and how; run nothing', false)
    .addOption(
      new Option('--json', 'print what gate.json or the calibration holds as one line, and all else to stderr')
        .conflicts(['dryRun', 'save'])
        .default(false),
    )
    .option('--scenario <name>', 'what is run (default: regression; of a baseline, push-vs-legacy)')
    .option('--quick', "use the scenario's quick values", false)
    .option('--set <key=value>', 'override a key, such as server.workers=4 (repeatable)', collect, [])
    .option('--postgres <provider>', 'auto, testcontainers, embedded or a postgres:// URL')
    .option('--minutes <n>', 'time for the first round (default: 5; of --calibrate, 60)', parseMinutes)
    .option('--tolerated <percent>', 'a pass excludes a loss of speed of this size (default: 10)', parsePercent)
    .option('--margin <percent>', 'a smaller loss of speed fails nothing, however certain (default: 3)', parsePercent)
    .addOption(
      new Option('--candidate-slowed <percent>', `slow the candidate: ${SLOWDOWNS.join(', ')}`)
        .argParser(parseSlowdown)
        .hideHelp(),
    )
    .addOption(new Option('--candidate-defect <name>', 'a variant of server/defects/ as the candidate').hideHelp())
    .option('--seed <number>', 'seed of everything random (default: random, printed in the report)', parseSeed)
    .option('--reports <folder>', 'where reports go', 'reports');
}

/** What is asked for. Throws a CommandError (usage) for nothing, and for two things at once. */
export function gateMode(options: GateOptions): GateMode {
  const { against, arms, baseline, save, calibrate, candidateSlowed, candidateDefect } = options;
  const asked = Object.entries({ against, arms, baseline, save, calibrate: calibrate || undefined })
    .filter(([, value]) => value !== undefined)
    .map(([mode]) => mode as GateMode);
  const hasVariant = candidateSlowed !== undefined || candidateDefect !== undefined;
  if (asked.length === 0 && hasVariant) return 'variant';
  const [mode, second] = asked;
  if (mode === undefined) {
    throw new CommandError(EXIT_CODE.usage, 'a gate needs something to compare with', {
      hint: `${MODES}; in CI: npm run gate -- --against origin/main`,
    });
  }
  if (second !== undefined) {
    throw new CommandError(EXIT_CODE.usage, `--${mode} and --${second} cannot both be had`, {
      hint: `one of ${MODES}`,
    });
  }
  if (hasVariant && mode !== 'against') {
    throw new CommandError(EXIT_CODE.usage, `--${mode} has no candidate that could be made worse on purpose`, {
      hint: 'use --candidate-slowed with --against, or alone: then the working tree is compared with itself',
    });
  }
  return mode;
}

/** The rule with what the command line says. Throws a CommandError (usage) for thresholds that make no sense. */
export function ruleOf({ tolerated, margin }: Pick<GateOptions, 'tolerated' | 'margin'>): OpenRule {
  const rule = {
    ...DEFAULT_RULE,
    margin: margin ?? DEFAULT_RULE.margin,
    tolerated: tolerated ?? DEFAULT_RULE.tolerated,
  };
  if (rule.margin < rule.tolerated) return rule;
  throw new CommandError(
    EXIT_CODE.usage,
    `--margin ${rule.margin * PERCENT} must be below --tolerated ${rule.tolerated * PERCENT}`,
    { hint: 'a loss beyond the tolerated one must be one that can fail; the defaults are 3 and 10' },
  );
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function parseArms(text: string): readonly [string, string] {
  const [base, candidate, ...more] = text.split(',').map((name) => name.trim());
  if (base && candidate && more.length === 0 && base !== candidate) return [base, candidate];
  throw new InvalidArgumentError(`expected two different names with a comma between, got "${text}"`);
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (/^\d{1,4}(\.\d{1,3})?$/.test(text) && minutes > 0) return minutes;
  throw new InvalidArgumentError(`expected minutes such as 5 or 0.5, got "${text}"`);
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (/^\d{1,2}(\.\d{1,2})?$/.test(text) && percent > 0) return percent / PERCENT;
  throw new InvalidArgumentError(`expected per cent above 0 and below 100, such as 10, got "${text}"`);
}

function parseSlowdown(text: string): Slowdown {
  const slowdown = SLOWDOWNS.find((one) => String(one) === text);
  if (slowdown !== undefined) return slowdown;
  throw new InvalidArgumentError(`expected ${SLOWDOWNS.join(', ')}, got "${text}"`);
}
