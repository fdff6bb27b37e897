import type { Result } from '../report/result.ts';

/** What the user does next, and the command for it on a line of its own, ready to be copied. */
export interface NextStep {
  readonly advice: string;
  readonly command: string;
}

const MOST_IN_A_BATCH = 10_000;

/** The next step after a run that did not pass; undefined when nothing is to be done. */
export function nextStep(result: Result, folder: string): NextStep | undefined {
  const { command } = result;
  switch (result.verdict) {
    case 'passed':
      return undefined;
    case 'invalid':
      return {
        advice: `start from the facts under the check above and ${logsOf(result, folder)}; the same run again:`,
        command,
      };
    case 'failed':
      return {
        advice: 'the proof holds, so the figures do; after a change of the server, the same run again:',
        command,
      };
    case 'inconclusive':
      if (result.arms.some(({ inconclusive }) => inconclusive !== undefined)) return generatorStep(result);
      if (result.profile?.failure) return profileStep(result);
      if (result.environment.target !== undefined) return targetStep(result);
      return {
        advice: 'the reasons above say what is missing; when it is noise, more rounds on a quiet machine help:',
        command: withMoreRounds(result),
      };
    case 'interrupted':
      return { advice: 'the report holds what was measured until then; the whole run again:', command };
  }
}

function logsOf({ environment }: Result, folder: string): string {
  return environment.target === undefined ? `the logs of server and PostgreSQL in ${folder}` : "the target's own log";
}

/** The load generator was the limit. */
function generatorStep({ command, arms }: Result): NextStep {
  const batches = arms.map(({ parameters }) => Number(parameters['load.batch']));
  const larger = Math.min(MOST_IN_A_BATCH, 10 * Math.max(1, ...batches));
  return {
    advice: 'on a machine with more cores the load generator can do more; with larger batches it has less to do:',
    command: withSetting(command, `load.batch=${larger}`),
  };
}

/** clinic may fail for reasons of its own. */
function profileStep({ command, profile }: Result): NextStep {
  const isClinic = profile?.with !== 'cpu' && profile?.with !== 'heap';
  return {
    advice: isClinic ? "the run itself is in the report; V8's own profiler needs no clinic:" : 'the same run again:',
    command: isClinic ? command.replace(/--with[ =]\S+/, '--with cpu') : command,
  };
}

/** Of a target only so much can be proved as it lets be seen. */
function targetStep({ command, environment, checks }: Result): NextStep {
  if (environment.maxConnections === null) {
    return {
      advice: "what was stored, and by how many connections, is only seen in the target's database; with it:",
      command: `${command} --target-postgres postgres://user:password@host:5432/database --target-pool-size 80`,
    };
  }
  if (checks.some(({ name, verdict }) => name === 'connections' && verdict === 'unknown')) {
    return {
      advice: 'the DB_POOL_SIZE the target was started with tells how many connections it may hold; with it:',
      command: `${command} --target-pool-size 80`,
    };
  }
  return {
    advice: "a target's log and processes are not seen from here; to ask for no more than what is:",
    command: `${command} --set 'checks=[accounting, statuses, connections]'`,
  };
}

/** Twice the rounds narrow an interval by about a third; below 5 it is hardly one. */
function withMoreRounds({ command, arms }: Result): string {
  const rounds = Math.max(5, 2 * Math.max(0, ...arms.map((arm) => arm.rounds)));
  return withSetting(command, `rounds=${rounds}`);
}

function withSetting(command: string, setting: string): string {
  const separator = command.includes(' -- ') ? '' : ' --';
  return `${command}${separator} --set ${setting}`;
}
