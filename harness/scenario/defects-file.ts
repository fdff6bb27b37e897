import { type Static, Type } from 'typebox';
import { overrideSchema } from './dotted-key.ts';
import { CHECK_NAMES, SETTABLE_KEYS, VARIABLE_KEYS } from './scenario.ts';
import { authorSchema, publicSchemaText, type SchemaNode } from './schema-node.ts';

const strict = { additionalProperties: false } as const;

const Entry = Type.Object(
  {
    defect: Type.String({
      title: 'the name of a defect',
      pattern: '^[a-z][a-z0-9-]*$',
      examples: ['skip-locked'],
      description: 'A broken variant of the reference server: the name of a file in server/defects/.',
    }),
    scenario: Type.Optional(
      Type.String({
        title: 'the name of a scenario',
        minLength: 1,
        examples: ['smoke'],
        description: 'Run in its quick form against the variant, one round.',
      }),
    ),
    caughtBy: Type.Optional(
      Type.Enum([...CHECK_NAMES], {
        description: 'The check that must find a violation; it is made whether the scenario asks for it or not.',
      }),
    ),
    set: Type.Unsafe<Readonly<Record<string, unknown>>>({
      ...overrideSchema(SETTABLE_KEYS, VARIABLE_KEYS),
      description: "Dotted keys of the scenario and the values that take the place of the quick form's.",
      default: {},
    }),
    behaviour: Type.Optional(
      Type.String({
        title: 'the id of a behaviour',
        minLength: 1,
        examples: ['names-colon'],
        description:
          'Instead of a scenario: the behaviour of the conformance suite that must be found violated, for what a load does not show.',
      }),
    ),
  },
  strict,
);

const DefectsSchema = Type.Object(
  {
    question: Type.String({ minLength: 1, description: 'The question the file answers, in one sentence.' }),
    defects: Type.Array(Entry, { minItems: 1, description: 'Which defect is caught by what.' }),
  },
  { ...strict, title: 'queueproof defects' },
);

/** A file that says by which check each defect must be caught, decoded. */
export type DefectsFile = Static<typeof DefectsSchema>;

export type DefectEntry = DefectsFile['defects'][number];

/** Schema of such a file as its author sees it. */
export const DEFECTS_FILE_SCHEMA: SchemaNode = withAuthorItems(authorSchema(DefectsSchema as SchemaNode));

/** Text of scenarios/defects.schema.json, for editors. */
export function defectsSchemaText(): string {
  return publicSchemaText(DEFECTS_FILE_SCHEMA);
}

function withAuthorItems(node: SchemaNode): SchemaNode {
  const { defects, ...others } = node.properties ?? {};
  if (defects?.items === undefined) throw new Error('The schema of a defects file has no list of defects.');
  return { ...node, properties: { ...others, defects: { ...defects, items: authorSchema(defects.items) } } };
}
