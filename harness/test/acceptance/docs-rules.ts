/** What the commands of the documentation find where they are run by the test. */
export interface DocsStand {
  /** Of a server that runs. */
  readonly serverUrl: string;
  /** Of its database. */
  readonly postgresUrl: string;
}

/** Commands that are not run as they stand: which, what is run in their place, and why. */
export interface DocsRule {
  readonly commands: RegExp;
  readonly instead: (command: string, stand: DocsStand) => string;
  /** 0 when nothing is said. */
  readonly exitCode?: number;
  readonly why: string;
}

const ON_TARGET = /--target http:\/\/127\.0\.0\.1:6632/;

/** All there are: a command that none of these is for is run as it stands. */
export const DOCS_RULES: readonly DocsRule[] = [
  {
    commands: /^npm ci && npm run scenario$/,
    instead: () => 'npm run scenario -- --quick --dry-run',
    why: '.ci/run begins with npm ci, and ends with the quick form of the main job',
  },
  {
    commands: /^(npm ci && )?npm test$/,
    instead: () => 'npm test -- --project unit harness/cli/terminal-mode.test.ts',
    why: 'all tests are what .ci/run runs, and this is one of them',
  },
  {
    commands: /^npm run check$/,
    instead: () => 'npm run schema:check',
    why: 'its four parts are steps of .ci/run, and want the repository',
  },
  { commands: /^\.ci\/run$/, instead: () => 'bash -n .ci/run', why: 'it is what runs this test' },
  {
    commands: /^npm run scenario -- (?!my-question$)(?!.*--(list|new|explain|dry-run|target)\b)/,
    instead: (command) => `${command} --dry-run`,
    why: 'takes from seconds to minutes; the names, keys and values are checked, and scenarios are run by other tests',
  },
  {
    commands: /^npm run scenario -- my-question$/,
    instead: (command) => `${command} --quick --postgres embedded`,
    why: 'the quick form is enough to see that what --new wrote runs and passes',
  },
  {
    commands: new RegExp(`^npm run scenario -- .*${ON_TARGET.source}`),
    instead: (command, stand) => `${onStand(command, stand)} --quick --set load.duration=500ms`,
    exitCode: 3,
    why: "the address is the test's; without the log and processes of the target some checks are unknown, as the page says",
  },
  {
    commands: /^npm run conformance$/,
    instead: (command) => `${command} -- --only http`,
    why: 'takes half a minute; all of it is run by harness/test/conformance.test.ts',
  },
  {
    commands: new RegExp(`^npm run conformance -- .*${ON_TARGET.source}`),
    instead: (command, stand) => `${onStand(command, stand)} --only http`,
    why: "the address is the test's; a section is enough to see that the options are right",
  },
  {
    commands: /^npm run bench( -- (?!.*--(list|save|compare)\b).*)?$/,
    instead: (command) => `${command}${command.includes(' -- ') ? '' : ' --'} --list`,
    why: 'takes minutes; --list checks the names, and the benches are run by other tests',
  },
  {
    commands: /^npm run bench -- pool --(save|compare) before$/,
    instead: (command) => command.replace(' pool ', ' uuid-v7 --rounds 2 '),
    why: 'the quickest bench shows that figures are kept and compared',
  },
  {
    commands: /^npm run profile -- /,
    instead: (command) => `${command} --quick --set load.messages=200 --postgres embedded`,
    why: 'a few messages are enough to see that there is a profile',
  },
  {
    commands: /^npm run -s scenario -- smoke --json/,
    instead: (command) => command.replace('--json', '--json --quick --set load.duration=500ms --postgres embedded'),
    why: 'a short run has the same document',
  },
  {
    commands: /^npm run compare -- reports\/smoke\//,
    instead: () => 'npm run compare -- reports/latest reports/latest',
    why: 'the other report is named by a time that only its reader knows',
  },
  {
    commands: /^npm run trend( -- reports\/push-vs-legacy --json)?$/,
    instead: (command) => command.replace('push-vs-legacy', 'smoke'),
    why: 'here only smoke was run',
  },
  {
    commands: /^npm run gate -- --baseline main$/,
    instead: () => 'npm run gate -- --save main --dry-run',
    why: 'nobody saved a baseline here; harness/test/acceptance/gate.test.ts saves one and compares with it',
  },
  {
    commands: /^npm run gate -- (?!--baseline)/,
    instead: (command) => `${command} --dry-run`,
    why: 'takes minutes; refs, scenarios and arms are looked up, and gates are run by harness/test/acceptance/gate.test.ts',
  },
  {
    commands: /^BASE=\S+ .*examples\/ci\.sh$/,
    instead: () => 'bash -n examples/ci.sh',
    why: 'it is run with a gate of every outcome by harness/test/acceptance/ci-examples.test.ts',
  },
  {
    commands: /^npx vitest run /,
    instead: (command) => command.replace('vitest run', 'vitest list --filesOnly'),
    why: 'they are parts of npm test; that there are such files is what can be wrong',
  },
  {
    commands: / npm run server$/,
    instead: (_command, { serverUrl }) =>
      `node -e "fetch('${serverUrl}/health').then((r) => process.exit(r.ok ? 0 : 1))"`,
    why: 'it runs until it is ended: the test starts this very command, on ports of its own, and all with --target use it',
  },
];

function onStand(command: string, { serverUrl, postgresUrl }: DocsStand): string {
  return command
    .replace(ON_TARGET, `--target ${serverUrl}`)
    .replace(/--target-postgres \S+/, `--target-postgres '${postgresUrl}'`);
}
