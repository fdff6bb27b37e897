/** What the fields of one class of errors mean, by their path below it. */
const CLASS_DESCRIPTIONS: Readonly<Record<string, string>> = Object.freeze({
  source: 'Who saw it: a producer, a consumer, the log of the server or of PostgreSQL.',
  kind: 'Where the name of the class comes from.',
  class: 'Status, code or shape of the line.',
  count: 'How often.',
  unexplained: 'How many of them the checks of the run excuse by nothing.',
  expected:
    'True when all are explained, false when one is not, null when it is not known of some and the rest are explained.',
  first: 'The first of them; null when none has a time.',
  last: 'The last of them; null when none has a time.',
  firstUnexplained: 'The first that nothing explains; null when there is none.',
  example: 'One of them as it was seen, an unexplained one if there is one; shortened.',
  inFaults: 'How many while a fault was in force.',
  'inFaults[].fault': "Index into the arm's faults.",
  'inFaults[].count': 'How many while it was in force.',
  outside: 'How many while no fault was in force.',
  untimed: 'How many have no time.',
  overTime: 'One entry for each round that had some.',
  'overTime[].from': 'Number of the first bucket that is counted.',
  'overTime[].counts': 'How many in it and in each bucket after it.',
});

/** What the fields of an arm's error report mean, by their path in result.json. */
export const ERROR_DESCRIPTIONS: Readonly<Record<string, string>> = Object.freeze({
  'arms[].errorReport':
    'Every error of the arm, whoever saw it, unexplained ones first; docs/errors.md says how to read it. Absent in results of before it was kept.',
  'arms[].errorReport.fromMs':
    'Where the first bucket begins, milliseconds since the measured window began; all rounds share this axis.',
  'arms[].errorReport.bucketMs': 'Length of a bucket, milliseconds.',
  'arms[].errorReport.buckets': 'How many there are.',
  'arms[].errorReport.classes': 'All errors of one class that one source saw, over all rounds.',
  'arms[].errorReport.sources': 'Where errors were looked for.',
  'arms[].errorReport.sources[].source': 'Who would have seen one.',
  'arms[].errorReport.sources[].missing': 'Why nobody looked there; null when somebody did.',
  ...classDescriptions('arms[].errorReport.classes[]'),
});

/** The same of the errors that nothing explains, of a trial of defects. */
export const TRIAL_ERROR_DESCRIPTIONS: Readonly<Record<string, string>> = Object.freeze({
  '*.round': 'Round it belongs to, from 1.',
  '*.atMs': 'Milliseconds since the measured window began; negative in the warm-up.',
  'trials[].unexplainedErrors': 'Errors of the run that nothing explains, by class.',
  ...classDescriptions('trials[].unexplainedErrors[]'),
});

function classDescriptions(path: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(CLASS_DESCRIPTIONS).map(([field, text]) => [`${path}.${field}`, text]));
}
