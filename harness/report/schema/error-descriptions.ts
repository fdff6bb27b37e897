/** What the fields of an arm's error report mean, by their path in result.json. */
export const ERROR_DESCRIPTIONS: Readonly<Record<string, string>> = Object.freeze({
  'arms[].errorReport':
    'Every error of the arm, whoever saw it, unexplained ones first; docs/errors.md says how to read it. Absent in results of before it was kept.',
  'arms[].errorReport.fromMs':
    'Where the first bucket begins, milliseconds since the measured window began; all rounds share this axis.',
  'arms[].errorReport.bucketMs': 'Length of a bucket, milliseconds.',
  'arms[].errorReport.buckets': 'How many there are.',
  'arms[].errorReport.classes': 'All errors of one class that one source saw, over all rounds.',
  'arms[].errorReport.classes[].source': 'Who saw it: a producer, a consumer, the log of the server or of PostgreSQL.',
  'arms[].errorReport.classes[].kind': 'Where the name of the class comes from.',
  'arms[].errorReport.classes[].class': 'Status, code or shape of the line.',
  'arms[].errorReport.classes[].count': 'How often.',
  'arms[].errorReport.classes[].unexplained': 'How many of them the checks of the run excuse by nothing.',
  'arms[].errorReport.classes[].expected':
    'True when all are explained, false when one is not, null when it is not known of some and the rest are explained.',
  'arms[].errorReport.classes[].first': 'The first of them; null when none has a time.',
  'arms[].errorReport.classes[].last': 'The last of them; null when none has a time.',
  'arms[].errorReport.classes[].firstUnexplained': 'The first that nothing explains; null when there is none.',
  'arms[].errorReport.classes[].example': 'One of them as it was seen, an unexplained one if there is one; shortened.',
  'arms[].errorReport.classes[].inFaults': 'How many while a fault was in force.',
  'arms[].errorReport.classes[].inFaults[].fault': "Index into the arm's faults.",
  'arms[].errorReport.classes[].inFaults[].count': 'How many while it was in force.',
  'arms[].errorReport.classes[].outside': 'How many while no fault was in force.',
  'arms[].errorReport.classes[].untimed': 'How many have no time.',
  'arms[].errorReport.classes[].overTime': 'One entry for each round that had some.',
  'arms[].errorReport.classes[].overTime[].from': 'Number of the first bucket that is counted.',
  'arms[].errorReport.classes[].overTime[].counts': 'How many in it and in each bucket after it.',
  'arms[].errorReport.sources': 'Where errors were looked for.',
  'arms[].errorReport.sources[].source': 'Who would have seen one.',
  'arms[].errorReport.sources[].missing': 'Why nobody looked there; null when somebody did.',
});
