import { registerHooks } from 'node:module';

/**
 * What stands in the place of the replaced module: its own exports, some of them broken.
 *
 * @public Read by the module made below.
 */
export let composed: Readonly<Record<string, unknown>> = {};

/**
 * Starts the server with one of its modules replaced: whoever imports it gets `broken` in the place of the exports of
 * these names, and all others as they are. The server knows nothing of it.
 *
 * To be called once, by the process's main file, which the cluster's workers run again; threads of the legacy pool keep
 * the good module. The caller has imported that, `good`, before; it must import no module that uses it: that one would
 * keep it too.
 *
 * `path`: the module's, from server/.
 */
export async function startServerWith<Module extends object>(
  path: string,
  good: Module,
  broken: Partial<Module>,
): Promise<void> {
  composed = { ...good, ...broken };
  const server = new URL('../../', import.meta.url);
  const url = new URL(path, server).href;
  const standIn = `${url}?defect`;
  const source = `import { composed } from ${JSON.stringify(import.meta.url)};
    export const { ${Object.keys(composed).join(', ')} } = composed;`;
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const resolved = nextResolve(specifier, context);
      return resolved.url === url ? { ...resolved, url: standIn, format: 'module' } : resolved;
    },
    load: (wanted, context, nextLoad) =>
      wanted === standIn ? { format: 'module', source, shortCircuit: true } : nextLoad(wanted, context),
  });
  await import(new URL('main.ts', server).href);
}
