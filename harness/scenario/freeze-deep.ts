/** Freezes a tree of plain maps and lists at every depth and hands it back. */
export function freezeDeep<Tree>(tree: Tree): Tree {
  if (typeof tree !== 'object' || tree === null || Object.isFrozen(tree)) return tree;
  for (const child of Object.values(tree)) freezeDeep(child);
  return Object.freeze(tree);
}
