/** An event of the server's log; undefined when the line is something else, which is for the log scan to count. */
export function parseServerEvent(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{') || !line.includes('"event"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    // Not one of the server's own log lines, whatever it is.
    return undefined;
  }
}
