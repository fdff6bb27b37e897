import { Ajv, type ErrorObject } from 'ajv';
import { describeExpected, describeValue } from './describe-schema.ts';
import { nearestWord, suggestion } from './nearest-word.ts';
import { OWN_KEYWORDS, type SchemaNode } from './schema-node.ts';
import type { Path } from './yaml-source.ts';

/** Something a schema does not accept: where, whether its key or its value is at fault, and the sentence for the user. */
export interface Violation {
  readonly path: Path;
  readonly target: 'key' | 'value';
  readonly message: string;
}

/**
 * Makes a validator of the schema. It fills in defaults, in place, and reports everything that is wrong; `dottedKeys`
 * are proposed for a key that is known elsewhere (`batch` at the top: `load.batch`).
 */
export function createValidator(
  schema: SchemaNode,
  dottedKeys: readonly string[],
): (value: unknown) => readonly Violation[] {
  // strictTypes asks for a type beside `items`; a value that may be a list or not has none.
  const ajv = new Ajv({
    ...{ strictTypes: false, allErrors: true, useDefaults: true, verbose: true, ownProperties: true },
    keywords: OWN_KEYWORDS,
  });
  const validate = ajv.compile(schema);
  return (value) => {
    if (validate(value)) return [];
    const violations = (validate.errors ?? []).filter(isOwnError).map((error) => violationOf(error, dottedKeys));
    // One sentence tells all a value should be, so a value that breaks two rules needs no second one.
    const seen = new Set<string>();
    return violations.filter((violation) => {
      const id = JSON.stringify([violation.path, violation.message]);
      return !seen.has(id) && seen.add(id);
    });
  };
}

/** Branches of anyOf and the `if` itself report what the error of the whole says better. */
function isOwnError(error: ErrorObject): boolean {
  return error.keyword !== 'if' && !/\/anyOf\/\d+\//.test(error.schemaPath);
}

function violationOf(error: ErrorObject, dottedKeys: readonly string[]): Violation {
  const path = pathOf(error.instancePath);
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      const message = `${pathText([...path, key])}: unknown key${keySuggestion(key, (error.parentSchema ?? {}) as SchemaNode, dottedKeys)}`;
      return { path: [...path, key], target: 'key', message };
    }
    case 'required': {
      const key = String(error.params.missingProperty);
      const expected = (error.parentSchema as SchemaNode).properties?.[key] ?? {};
      return {
        path,
        target: 'key',
        message: `${pathText([...path, key])}: expected ${describeExpected(expected)}, got no such key`,
      };
    }
    case 'uniqueItems': {
      const index = Math.max(Number(error.params.i), Number(error.params.j));
      const value = (error.data as readonly unknown[])[index];
      return {
        path: [...path, index],
        target: 'value',
        message: `${pathText(path)}: expected every value once, got ${describeValue(value)} a second time`,
      };
    }
    default: {
      const expected = describeExpected((error.parentSchema ?? {}) as SchemaNode);
      const where = path.length === 0 ? '' : `${pathText(path)}: `;
      const word = (error.parentSchema as SchemaNode | undefined)?.enum?.map(String) ?? [];
      const nearest = typeof error.data === 'string' ? nearestWord(error.data, word) : undefined;
      const hint = nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
      return {
        path,
        target: 'value',
        message: `${where}expected ${expected}, got ${describeValue(error.data)}${hint}`,
      };
    }
  }
}

function keySuggestion(key: string, schema: SchemaNode, dottedKeys: readonly string[]): string {
  const known = Object.keys(schema.properties ?? {});
  if (known.length === 0) return '; expected a name of letters, digits, _ and .';
  const leaf = key.split('.').at(-1);
  const elsewhere = dottedKeys.find((dotted) => dotted.split('.').at(-1) === leaf);
  // A key that is spelt right but stands at the wrong level is likelier than a slip that resembles a neighbour.
  return elsewhere === undefined ? suggestion(key, known) : `; did you mean ${JSON.stringify(elsewhere)}?`;
}

/** `load.closed.connections`, `matrix.load.batch[2]`. */
function pathText(path: Path): string {
  return path.reduce<string>(
    (text, segment) =>
      typeof segment === 'number' ? `${text}[${segment}]` : text === '' ? segment : `${text}.${segment}`,
    '',
  );
}

function pathOf(jsonPointer: string): Path {
  return jsonPointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}
