import type { ProfileRecord } from '../report/profile-record.ts';
import type { CallNode } from './call-tree.ts';

/** See ProfileCosts in report/profile-record.ts. */
export type FunctionCosts = Omit<NonNullable<ProfileRecord['costs']>, 'unit'>;

export interface SourcePlaces {
  /** `file:` URL that ends in `/`; left out of places. */
  readonly projectUrl: string;
  /** Begins the URL of what the profiler itself runs in the process: it and all it calls is no cost of the program. */
  readonly profilerUrl: string;
}

/** What is no work of the program: waiting, and being looked at. */
const NO_WORK = ['(idle)', '(profiler)'];
/** V8's names for work that it counts to no function. */
const NO_FUNCTION = ['(program)', '(garbage collector)'];
const ROOT = '(root)';

/** Adds up the call trees of any number of threads by function. */
export function functionCosts(trees: readonly CallNode[], places: SourcePlaces): FunctionCosts {
  const costs = new Map<string, FunctionCosts['functions'][number]>();
  const outside = new Map<string, number>();
  const add = (node: CallNode, callers: ReadonlySet<string>): number => {
    const standIn = standInFor(node, places);
    if (standIn !== undefined) {
      const spent = costOfAll(node);
      outside.set(standIn, (outside.get(standIn) ?? 0) + spent);
      return NO_WORK.includes(standIn) ? 0 : spent;
    }
    const { functionName, columnNumber } = node.frame;
    const name = functionName === '' ? '(anonymous)' : functionName;
    const place = placeOf(node.frame, places.projectUrl);
    const key = `${name} ${place}:${columnNumber}`;
    const isInner = callers.has(key);
    const inner = isInner ? callers : new Set([...callers, key]);
    const total = node.children.reduce((sum, child) => sum + add(child, inner), node.self);
    const cost = costs.get(key) ?? { name, place, self: 0, total: 0 };
    cost.self += node.self;
    if (!isInner) cost.total += total;
    costs.set(key, cost);
    return total;
  };
  return {
    total: trees.reduce((sum, tree) => sum + add(tree, new Set()), 0),
    functions: [...costs.values()]
      .filter(({ name, self }) => name !== ROOT && self > 0)
      .toSorted((a, b) => b.self - a.self),
    outside: [...NO_FUNCTION, ...NO_WORK].flatMap((name) => {
      const self = outside.get(name);
      return self === undefined ? [] : [{ name, self }];
    }),
  };
}

/** The name under which a node with all it calls is counted, if that is not its own. */
function standInFor({ frame }: CallNode, { profilerUrl }: SourcePlaces): string | undefined {
  if (frame.url.startsWith(profilerUrl)) return '(profiler)';
  return [...NO_FUNCTION, ...NO_WORK].find((name) => name === frame.functionName);
}

function costOfAll({ self, children }: CallNode): number {
  return children.reduce((sum, child) => sum + costOfAll(child), self);
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
