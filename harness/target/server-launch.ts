/** How a server is started by, or under, a tool that looks into it; nothing of it is the server's own concern. */
export interface ServerLaunch {
  /** Added to the server's own, which has the last word. */
  readonly environment: Readonly<Record<string, string>>;
  /** A tool that starts the server itself; absent when Node is started. */
  readonly tool?: ServerTool;
}

/** A program that starts the server as its child and ends when the server has ended. */
interface ServerTool {
  /** Arguments of Node that come before the server's command line, `node server/main.ts`. */
  readonly arguments: readonly string[];
  /** Working directory. */
  readonly folder: string;
  /** Program to run in place of the reference server. */
  readonly mainFile: string;
  /** From SIGINT, which the whole group gets, to SIGKILL: some tools write for a while. */
  readonly stopTimeoutMs: number;
}
