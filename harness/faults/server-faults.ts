import type { FaultTargets, InjectedFault } from './fault.ts';

/** SIGKILL to the whole process group; started again when it heals. */
export async function serverKill({ server }: Pick<FaultTargets, 'server'>): Promise<InjectedFault> {
  const detail = `SIGKILL to process group ${server.pid} with workers ${server.workerPids().join(', ')}`;
  await server.kill();
  return { detail, heal: () => server.start() };
}

/** SIGTERM to the primary; started again when it heals. */
export async function serverTerminate({ server }: Pick<FaultTargets, 'server'>): Promise<InjectedFault> {
  const detail = `SIGTERM to process ${server.pid}`;
  await server.terminate();
  return { detail, heal: () => server.start() };
}

/** SIGSTOP to the whole process group, SIGCONT when it heals. */
export async function serverPause({ server }: Pick<FaultTargets, 'server'>): Promise<InjectedFault> {
  const detail = `SIGSTOP to process group ${server.pid}`;
  await server.pause();
  return { detail, heal: async () => server.resume() };
}

/** SIGKILL to one worker; healed when as many live as there are to be. */
export async function workerKill({ server, random }: Pick<FaultTargets, 'server' | 'random'>): Promise<InjectedFault> {
  const workers = server.workerPids();
  const worker = workers[Math.floor(random() * workers.length)];
  if (worker === undefined) throw new Error('no worker lives that could be killed');
  await server.killWorker(worker);
  return {
    detail: `SIGKILL to worker ${worker} of ${workers.length}`,
    count: 1,
    isOver: true,
    heal: () => server.untilWorkersReplaced(),
  };
}
