import { InvalidArgumentError } from 'commander';

/** Reads the value of --seed. @throws InvalidArgumentError, which commander tells the user. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError(`expected a whole number, got "${text}"`);
}
