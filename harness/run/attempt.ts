import type { Missing } from '../history/evidence.ts';

/** Evidence, or the reason why it could not be had; only an interruption goes through. */
export async function attempt<T>(collect: () => Promise<T>, signal?: AbortSignal): Promise<T | Missing> {
  try {
    return await collect();
  } catch (error) {
    signal?.throwIfAborted();
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
