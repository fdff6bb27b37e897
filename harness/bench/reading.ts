/** What one process of a bench program measured. */
export interface Reading {
  readonly what: string;
  readonly unit: string;
  /** The median of the process's iterations, or the only one. */
  readonly value: number;
}

/** Tells the process that started this bench program; see bench-processes.ts. */
export function printReading(reading: Reading): void {
  process.stdout.write(`${JSON.stringify(reading)}\n`);
}
