import exported, { type Builder, type TestCase as XmlCase } from 'junit-report-builder';
import type { TestCase, TestSuite } from './test-case.ts';
import { xmlText } from './xml-text.ts';

/** The package exports the builder itself, and its types say that it exports an object with the builder in it. */
const builder = exported as unknown as Builder;

const MS_PER_S = 1_000;

/** What a whole file of test results tells beside its suites. */
export interface JUnitReport {
  readonly name: string;
  /** ISO time. */
  readonly startedAt: string;
  readonly suites: readonly TestSuite[];
}

/** Test suites as JUnit XML. A case's class is the report's name and the suite's, so that equal names of two runs stay apart. */
export function junitXml({ name, startedAt, suites }: JUnitReport): string {
  const report = builder.newBuilder().name(xmlText(name));
  for (const suite of suites) {
    const xml = report.testSuite().name(xmlText(suite.name)).timestamp(xmlText(startedAt));
    for (const one of suite.cases) {
      const xmlCase = xml
        .testCase()
        .name(xmlText(one.name))
        .className(xmlText(`${name}.${suite.name}`));
      if (one.durationMs !== undefined) xmlCase.time(one.durationMs / MS_PER_S);
      tellOutcome(xmlCase, one);
    }
  }
  return `${report.build()}\n`;
}

function tellOutcome(xmlCase: XmlCase, { outcome, message, details }: TestCase): void {
  const told = xmlText(message);
  const facts = xmlText([message, ...details].join('\n'));
  switch (outcome) {
    case 'passed':
      if (told !== '') xmlCase.standardOutput(facts);
      return;
    case 'failure':
      xmlCase.failure(told, 'invalid').stacktrace(facts);
      return;
    case 'error':
      xmlCase.error(told, 'unknown', facts);
      return;
    case 'skipped':
      xmlCase.skipped().standardOutput(facts);
  }
}
