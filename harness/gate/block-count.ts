/** `1 block`, `6 blocks`. */
export function blockCount(count: number): string {
  return count === 1 ? '1 block' : `${count} blocks`;
}
