import type { Inject } from './fault.ts';

/** No block is free on the file system of the server's buffer, nor does one become free until it heals. */
export const bufferDiskFull: Inject = async ({ bufferDisk }) => {
  const takenBytes = await bufferDisk.fill();
  return {
    detail: `a filler of ${takenBytes} bytes takes all room beside the server's buffer`,
    heal: () => bufferDisk.free(),
  };
};
