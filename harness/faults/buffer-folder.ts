import { type BufferDisk, FaultImpossible } from './fault.ts';
import { SmallDisk } from './small-disk.ts';
import { sweepDiskHomes } from './small-disk-home.ts';

/** Where a server under test keeps its file buffer. Disposing it, when the server has ended, removes its disk. */
export interface BufferFolder extends BufferDisk, AsyncDisposable {
  readonly folder: string;
}

interface BufferFolderOrder {
  /** Used where no disk of its own is asked for or to be had; the server makes it. */
  readonly folder: string;
  /** Whether it is to be on a small disk of its own, so that a fault can fill it. */
  readonly small: boolean;
}

/**
 * Prepares the folder of the server's buffer; to be called before the server starts. A small disk is a tmpfs, which needs
 * the right to mount: where that is missing the folder is an ordinary one, and `fill` throws {@link FaultImpossible} with
 * what `mount` said. What crashed processes left is swept first.
 *
 * Nothing that ordinary users may do is a full disk. A limit on the size of files (RLIMIT_FSIZE) counts each segment for
 * itself, and answers EFBIG; a mount in a user namespace of the server's ends with the server, which is to find its buffer
 * again when it starts; quotas and loop devices need root as well.
 */
export async function prepareBufferFolder({ folder, small }: BufferFolderOrder): Promise<BufferFolder> {
  await sweepDiskHomes();
  if (!small) return ordinaryFolder(folder, 'the run was prepared without a small disk');
  try {
    return await SmallDisk.mount();
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error && error.stderr ? String(error.stderr) : String(error);
    return ordinaryFolder(folder, `no tmpfs can be mounted here (root with CAP_SYS_ADMIN can): ${said.trim()}`);
  }
}

function ordinaryFolder(folder: string, reason: string): BufferFolder {
  return {
    folder,
    fill: async () => {
      throw new FaultImpossible(`the disk of the server's buffer must not be filled, others use it too: ${reason}`);
    },
    free: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
