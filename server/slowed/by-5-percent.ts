import { startSlowedServer } from './slow-down.ts';

await startSlowedServer(0.05);
