import { type FileHandle, open, rename } from 'node:fs/promises';

/** Writes all of it from this position on, however many calls that takes. */
export async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** The bytes from `start` up to `end`, or up to the end of the file. */
export async function readRange(path: string, start: number, end: number): Promise<Buffer> {
  await using handle = await open(path, 'r');
  const bytes = Buffer.alloc(end - start);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
  return bytes.subarray(0, bytesRead);
}

/** Makes a file's name survive a power failure, not only what is in the file. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}

/** Puts a text in the place of a file: whoever reads it sees all of the old one or all of the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  {
    await using handle = await open(`${path}.new`, 'w', 0o600);
    await handle.writeFile(text);
    await handle.datasync();
  }
  await rename(`${path}.new`, path);
}
