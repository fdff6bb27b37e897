import type { ProfileRecord } from '../report/result.ts';
import type { CallNode } from './call-tree.ts';

/** See ProfileCosts in report/result.ts. */
export type FunctionCosts = Omit<NonNullable<ProfileRecord['costs']>, 'unit'>;

/** V8's names for what is no function of the program. */
const OUTSIDE = ['(idle)', '(program)', '(garbage collector)'] as const;
const ROOT = '(root)';

/** Adds up the call trees of any number of threads by function. `projectUrl` (a `file:` URL that ends in `/`) is left out of places. */
export function functionCosts(trees: readonly CallNode[], projectUrl: string): FunctionCosts {
  const costs = new Map<string, { name: string; place: string; self: number; total: number }>();
  const outside = new Map<string, number>();
  const add = (node: CallNode, callers: ReadonlySet<string>): number => {
    const { functionName } = node.frame;
    if (OUTSIDE.some((name) => name === functionName)) {
      outside.set(functionName, (outside.get(functionName) ?? 0) + node.self);
      return node.self;
    }
    const name = functionName === '' ? '(anonymous)' : functionName;
    const place = placeOf(node.frame, projectUrl);
    const key = `${name} ${place}:${node.frame.columnNumber}`;
    const isInner = callers.has(key);
    const inner = isInner ? callers : new Set([...callers, key]);
    const total = node.children.reduce((sum, child) => sum + add(child, inner), node.self);
    const cost = costs.get(key) ?? { name, place, self: 0, total: 0 };
    cost.self += node.self;
    if (!isInner) cost.total += total;
    costs.set(key, cost);
    return total;
  };
  const all = trees.reduce((sum, tree) => sum + add(tree, new Set()), 0);
  return {
    total: all - (outside.get('(idle)') ?? 0),
    functions: [...costs.values()]
      .filter(({ name, self }) => name !== ROOT && self > 0)
      .toSorted((a, b) => b.self - a.self),
    outside: OUTSIDE.flatMap((name) => {
      const self = outside.get(name);
      return self === undefined ? [] : [{ name, self }];
    }),
  };
}

/** Lines are counted from 0 by V8 and from 1 by everybody else. */
function placeOf({ url, lineNumber }: CallNode['frame'], projectUrl: string): string {
  if (url === '') return '';
  return `${shortUrl(url, projectUrl)}:${lineNumber + 1}`;
}

/** Packages may be linked from elsewhere; their own path is what tells. */
function shortUrl(url: string, projectUrl: string): string {
  if (url.startsWith(projectUrl)) return url.slice(projectUrl.length);
  const packages = url.indexOf('/node_modules/');
  return packages < 0 ? url : url.slice(packages + 1);
}
