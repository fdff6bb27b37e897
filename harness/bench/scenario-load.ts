/** What a file of scenarios/ costs to be read, checked and expanded to its runs. */
import { loadPlan } from '../scenario/load-plan.ts';
import { printReading } from './reading.ts';
import { timeTask } from './timed-task.ts';

for (const [name, leastRuns] of [
  ['push-vs-legacy', 2],
  ['defects', 30],
] as const) {
  const work = () => {
    const plan = loadPlan(name, { sets: [], quick: false });
    const runs = 'trials' in plan ? plan.trials : plan.runs;
    if (plan.name !== name || runs.length < leastRuns)
      throw new Error(`${plan.name} was expanded to ${runs.length} runs`);
  };
  printReading(await timeTask({ what: `load ${name}`, scale: 'ms', piece: 'file', pieces: 1, work }));
}
