import { readProcFile } from './process-table.ts';

/** What a process holds in memory, and its threads. */
export interface ProcessStatus {
  readonly rssBytes: number;
  /** The part of {@link rssBytes} that no other process can share: neither mapped files nor shared memory. */
  readonly anonymousBytes: number;
  readonly threads: number;
}

const BYTES_PER_KB = 1024;

/** Reads /proc/<pid>/status; undefined when the process has ended. Linux only. */
export function readProcessStatus(pid: number): ProcessStatus | undefined {
  const text = readProcFile(`/proc/${pid}/status`);
  if (text === undefined) return undefined;
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    rssBytes: number('VmRSS') * BYTES_PER_KB,
    anonymousBytes: number('RssAnon') * BYTES_PER_KB,
    threads: number('Threads'),
  };
}

/**
 * Memory of processes of one program, bytes. What they may share is counted once, as much as one of them holds of it: each
 * of 40 PostgreSQL sessions shows the same shared buffers as its own.
 */
export function sharedOnceBytes(statuses: readonly Pick<ProcessStatus, 'rssBytes' | 'anonymousBytes'>[]): number {
  const own = statuses.reduce((sum, { anonymousBytes }) => sum + anonymousBytes, 0);
  return own + Math.max(0, ...statuses.map(({ rssBytes, anonymousBytes }) => rssBytes - anonymousBytes));
}
