/** A harness that prepares a small disk, says where it is, and then waits to be killed by the test. */
import { prepareBufferFolder } from '../faults/buffer-folder.ts';

const buffer = await prepareBufferFolder({ folder: 'not used', small: true });
process.stdout.write(`${buffer.folder}\n`);
setInterval(() => undefined, 60_000);
