/** The echo server's own process. Started by http-echo.ts; ends when it is told so, with the number of its answers. */
import { serveParent } from '../load/child-task.ts';
import type { EchoReady } from './http-echo.ts';
import { startEchoServer } from './http-echo-server.ts';

serveParent<undefined, EchoReady, number, true>(async (_, report, next) => {
  await using server = await startEchoServer();
  report({ baseUrl: server.baseUrl });
  await next();
  return server.answered;
});
