import { readFileSync } from 'node:fs';

// Prints "<passed> <failed>" of a vitest JSON report.
const [, , file = ''] = process.argv;
const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number };
process.stdout.write(`${report.numPassedTests} ${report.numFailedTests}\n`);
