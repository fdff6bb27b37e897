import { overrideSchema } from './dotted-key.ts';
import { ScenarioSchema, SETTABLE_KEYS, VARIABLE_KEYS } from './scenario.ts';
import { authorSchema, publicSchemaText, type SchemaNode } from './schema-node.ts';

/** Schema of a scenario file as its author sees it: only what has no default is required. */
export const SCENARIO_FILE_SCHEMA: SchemaNode = authorSchema(ScenarioSchema as SchemaNode);

/** Schema of a map of dotted keys with the values that replace the file's. */
export const OVERRIDES_SCHEMA: SchemaNode = overrideSchema(SETTABLE_KEYS, VARIABLE_KEYS);

/** Text of scenarios/scenario.schema.json, which editors complete and check scenario files with. */
export function scenarioSchemaText(): string {
  return publicSchemaText(SCENARIO_FILE_SCHEMA);
}
