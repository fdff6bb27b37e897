import { once } from 'node:events';
import { openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

// A process that leaks: on SIGUSR2 it opens files that it never closes, and spins from then on; in several threads, because
// one would get too little of a machine where other tests run.
process.on('SIGUSR2', async () => {
  for (let file = 0; file < 100; file += 1) openSync('/dev/null', 'r');
  const threads = Array.from({ length: 6 }, () => new Worker('for (;;);', { eval: true }));
  await Promise.all(threads.map((thread) => once(thread, 'online')));
  process.stdout.write('spinning\n');
});
setInterval(() => undefined, 60_000);
process.stdout.write('ready\n');
