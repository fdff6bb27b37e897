/** Runs the bench of this name on a server with one wrong line; see bench-breakages.ts. */
import { registerHooks } from 'node:module';
import { BREAKAGES } from './bench-breakages.ts';

const [name = ''] = process.argv.slice(2);
const breakage = BREAKAGES[name];
if (breakage === undefined) throw new Error(`there is no breakage for the bench "${name}"`);
const { path, good, bad } = breakage;
const broken = new URL(`../${path}`, import.meta.url).href;

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    if (url !== broken) return loaded;
    const source = String(loaded.source);
    if (!source.includes(good)) throw new Error(`${path} has no "${good}" any more`);
    return { ...loaded, source: source.replace(good, () => bad) };
  },
});
await import(new URL(`../bench/${name}.ts`, import.meta.url).href);
