/** Judges a sample run once, and tells what that took; see checkers.ts. */
import { CHECKS, runChecks } from '../checkers/run-checks.ts';
import { printReading } from './reading.ts';
import { sampleEvidence } from './sample-run.ts';

// A process of its own for every time: checks run once in a run's life, so what the engine learns on the way is part of it,
// and the peak of the memory is that of one judgement.
const [messages = 0, batch = 1, seed = 1] = process.argv.slice(2).map(Number);
const evidence = sampleEvidence({ messages, batch, seed });
const before = process.cpuUsage();
const results = runChecks(Object.keys(CHECKS), evidence);
const { user, system } = process.cpuUsage(before);
const accusing = results.filter(({ verdict }) => verdict === 'invalid').map(({ name }) => name);
// Then it is not the usual way that was measured.
if (accusing.length > 0) throw new Error(`a run without fault was accused by ${accusing.join(', ')}`);
const what = `${messages.toLocaleString('en-GB')} messages, batch=${batch}`;
printReading({ what: `${what}: CPU`, unit: 'ms', value: (user + system) / 1_000 });
printReading({ what: `${what}: peak`, unit: 'MB', value: process.resourceUsage().maxRSS / 1_024 });
