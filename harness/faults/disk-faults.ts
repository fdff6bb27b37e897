import type { FaultTargets, InjectedFault } from './fault.ts';

/** No block is free on the file system of the server's buffer, nor does one become free until it heals. */
export async function bufferDiskFull({ bufferDisk }: Pick<FaultTargets, 'bufferDisk'>): Promise<InjectedFault> {
  const takenBytes = await bufferDisk.fill();
  return {
    detail: `a filler of ${takenBytes} bytes takes all room beside the server's buffer`,
    heal: () => bufferDisk.free(),
  };
}
