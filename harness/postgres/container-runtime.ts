import { homedir } from 'node:os';
import path from 'node:path';
import { Agent, type Dispatcher, request } from 'undici';

const PING_LIMIT_MS = 500;
const IMAGE_LIMIT_MS = 2_000;
const DEFAULT_SOCKET = '/var/run/docker.sock';

/** The part of the environment that says where a container runtime listens. */
export interface RuntimeEnvironment {
  readonly DOCKER_HOST?: string | undefined;
  readonly DOCKER_TLS_VERIFY?: string | undefined;
  readonly XDG_RUNTIME_DIR?: string | undefined;
}

/** What was found before the container library is loaded; `reason` is a clause for a sentence. */
export type ContainerRuntime =
  | { readonly state: 'answers'; readonly dockerHost: string }
  | { readonly state: 'unprobed'; readonly dockerHost: string; readonly reason: string }
  | { readonly state: 'missing'; readonly reason: string };

interface Endpoint {
  readonly dockerHost: string;
  /** As people know it: a path or host:port. */
  readonly label: string;
  readonly origin: string;
  readonly socketPath: string | undefined;
}

/**
 * Asks every place where a container runtime may listen, all at once, within half a second. A DOCKER_HOST that is set
 * is the only place asked: falling back to another daemon than the one named would surprise.
 * Never throws; the reason of each failure is told apart.
 */
export async function findContainerRuntime(environment: RuntimeEnvironment = process.env): Promise<ContainerRuntime> {
  // Set to nothing counts as not set, as in Docker's own client.
  const named = environment.DOCKER_HOST || undefined;
  if (named !== undefined && (environment.DOCKER_TLS_VERIFY === '1' || !/^(unix|tcp|http):\/\//.test(named))) {
    return { state: 'unprobed', dockerHost: named, reason: `DOCKER_HOST=${named} cannot be asked without TLS or ssh` };
  }
  const endpoints = named === undefined ? defaultSockets(environment).map(unixEndpoint) : [namedEndpoint(named)];
  const failures = await Promise.all(endpoints.map(ping));
  const answering = endpoints.find((_, index) => failures[index] === undefined);
  if (answering !== undefined) return { state: 'answers', dockerHost: answering.dockerHost };
  const told = endpoints
    .map((endpoint, index) => ({ label: endpoint.label, failure: failures[index] }))
    // Of the sockets that are not there, the usual one stands for all.
    .filter(({ failure }, index) => index === 0 || failure !== 'no such file')
    .map(({ label, failure }) => `${label}: ${failure}`);
  return { state: 'missing', reason: `no container runtime answers (${told.join('; ')})` };
}

/** Whether a runtime that answers has an image, so that no pull is needed. False when it does not say so in 2 s. */
export async function hasImage(dockerHost: string, image: string): Promise<boolean> {
  const name = image.split('/').map(encodeURIComponent).join('/');
  return get(namedEndpoint(dockerHost), `/images/${name}/json`, IMAGE_LIMIT_MS).then(
    (status) => status === 200,
    () => false,
  );
}

/** Makes the container library talk to the very runtime that was asked; by itself it looks at fewer places. */
export function selectContainerRuntime(dockerHost: string): void {
  process.env.DOCKER_HOST = dockerHost;
}

function defaultSockets(environment: RuntimeEnvironment): readonly string[] {
  const runtimeFolder = environment.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`;
  return [
    DEFAULT_SOCKET,
    path.join(runtimeFolder, 'docker.sock'),
    path.join(homedir(), '.docker', 'run', 'docker.sock'),
    path.join(homedir(), '.docker', 'desktop', 'docker.sock'),
    path.join(runtimeFolder, 'podman', 'podman.sock'),
    '/run/podman/podman.sock',
  ];
}

function unixEndpoint(socketPath: string): Endpoint {
  return { dockerHost: `unix://${socketPath}`, label: socketPath, origin: 'http://localhost', socketPath };
}

function namedEndpoint(dockerHost: string): Endpoint {
  if (dockerHost.startsWith('unix://')) return unixEndpoint(dockerHost.slice('unix://'.length));
  const address = dockerHost.replace(/^\w+:\/\//, '');
  return { dockerHost, label: address, origin: `http://${address}`, socketPath: undefined };
}

/** Undefined when the endpoint answers, else why it does not. */
async function ping(endpoint: Endpoint): Promise<string | undefined> {
  return get(endpoint, '/_ping', PING_LIMIT_MS).then(
    (status) => (status === 200 ? undefined : `answered ${status}, so it is no container runtime`),
    explainFailure,
  );
}

async function get(endpoint: Endpoint, urlPath: string, limitMs: number): Promise<number> {
  const connect = endpoint.socketPath === undefined ? {} : { socketPath: endpoint.socketPath };
  const dispatcher: Dispatcher = new Agent({ connect });
  try {
    const signal = AbortSignal.timeout(limitMs);
    const response = await request(`${endpoint.origin}${urlPath}`, { dispatcher, signal });
    await response.body.dump();
    return response.statusCode;
  } finally {
    await dispatcher.destroy();
  }
}

function explainFailure(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return `no answer within ${PING_LIMIT_MS} ms`;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES') return 'permission denied (is your user in the group docker?)';
  if (code === 'ECONNREFUSED') return 'connection refused (the daemon is not running)';
  return code ?? message;
}
