import { open } from 'node:fs/promises';
import type { CleartextSearch } from '../history/cleartext.ts';
import { ExampleCollector } from '../history/example-collector.ts';

const CHUNK_BYTES = 2 ** 20;

/** Counts where a text stands in a stream of bytes, also across the ends of chunks. */
export class MarkerScan {
  readonly #marker: Buffer;
  readonly #hits = new ExampleCollector();
  #scannedBytes = 0;

  constructor(marker: string) {
    this.#marker = Buffer.from(marker);
  }

  get result(): CleartextSearch {
    return { scannedBytes: this.#scannedBytes, hits: this.#hits.result() };
  }

  /**
   * Searches a file from an offset to its present end; returns where to go on. Hits are named by file and offset, never by
   * what stands there. Throws what the file system says.
   */
  async file(file: string, fromOffset: number): Promise<number> {
    await using handle = await open(file);
    // What a marker that is cut in two has in the part that was searched before was no hit then.
    const overlap = Math.min(fromOffset, this.#marker.length - 1);
    const chunk = Buffer.alloc(CHUNK_BYTES + this.#marker.length);
    let kept = overlap === 0 ? 0 : (await handle.read(chunk, 0, overlap, fromOffset - overlap)).bytesRead;
    for (let offset = fromOffset; ; ) {
      const { bytesRead } = await handle.read(chunk, kept, CHUNK_BYTES, offset);
      if (bytesRead === 0) return offset;
      const searched = chunk.subarray(0, kept + bytesRead);
      const start = offset - kept;
      for (let hit = searched.indexOf(this.#marker); hit !== -1; hit = searched.indexOf(this.#marker, hit + 1)) {
        this.#hits.add(() => `${file}, byte ${start + hit}`);
      }
      this.#scannedBytes += bytesRead;
      offset += bytesRead;
      kept = Math.min(searched.length, this.#marker.length - 1);
      searched.copy(chunk, 0, searched.length - kept);
    }
  }
}
