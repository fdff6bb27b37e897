import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { findContainerRuntime, hasImage } from './container-runtime.ts';
import { startEmbedded } from './embedded.ts';
import type { PostgresOptions, RunningPostgres } from './provider.ts';
import { startTestcontainers } from './testcontainers.ts';
import { takeServerAtUrl } from './url.ts';

/**
 * Starts (or takes) the PostgreSQL of a run. `name` is `auto`, `testcontainers`, `embedded` or a postgres:// URL.
 * `auto` takes a container runtime that answers and has the image, else embedded; it never waits for a pull.
 * The result's `reason` says in one sentence why this provider was taken.
 * Throws CommandError: usage for an unknown name, unavailable when the provider cannot be had or does not fit.
 */
export async function startPostgres(name: string, options: PostgresOptions): Promise<RunningPostgres> {
  if (/^postgres(ql)?:\/\//.test(name)) return takeServerAtUrl(name, options);
  if (name === 'embedded') return startEmbedded(options, 'embedded: asked for');
  if (name === 'testcontainers') return startAskedForContainer(options);
  if (name === 'auto') return startWhatThereIs(options);
  throw new CommandError(EXIT_CODE.usage, `unknown PostgreSQL provider "${name}"`, {
    hint: 'use auto, testcontainers, embedded or a URL that starts with postgres://',
  });
}

async function startWhatThereIs(options: PostgresOptions): Promise<RunningPostgres> {
  const runtime = await findContainerRuntime();
  if (runtime.state !== 'answers') return startEmbedded(options, `embedded: ${runtime.reason}`);
  const place = `the container runtime at ${runtime.dockerHost.replace('unix://', '')}`;
  if (!(await hasImage(runtime.dockerHost, options.image))) {
    const hint = `to use it: docker pull ${options.image}`;
    return startEmbedded(options, `embedded: ${place} has no image ${options.image} (${hint})`);
  }
  const reason = `testcontainers: ${place} has the image ${options.image}`;
  return startTestcontainers(options, runtime.dockerHost, reason).catch((error: unknown) => {
    // A runtime that answers may still be unable to start anything, for example without Ryuk's image.
    const [firstLine] = (error as Error).message.split('\n');
    return startEmbedded(options, `embedded: ${place} answers, but ${firstLine}`);
  });
}

async function startAskedForContainer(options: PostgresOptions): Promise<RunningPostgres> {
  const runtime = await findContainerRuntime();
  if (runtime.state === 'missing') {
    throw new CommandError(EXIT_CODE.unavailable, `testcontainers was asked for, but ${runtime.reason}`, {
      hint: 'start Docker or Podman, or use --postgres embedded',
    });
  }
  return startTestcontainers(options, runtime.dockerHost, 'testcontainers: asked for');
}
