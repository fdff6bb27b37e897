import type { Trouble } from './log-problems.ts';

/** Levels of pino, from the worst down; below `warning` a line is no trouble. */
const SEVERITIES = [
  { level: 60, severity: 'fatal' },
  { level: 50, severity: 'error' },
  { level: 40, severity: 'warning' },
] as const;

const RAW_ERROR = /^\s*(Uncaught|Unhandled|(\w*Error)\b|fatal\b|FATAL\b)/;

/**
 * The trouble that a line of the server's log tells of, if any. A line that is not JSON was not written by the logger: an
 * error when it looks like one (`TypeError: …`, `Uncaught …`), else a warning, such as those of the runtime.
 */
export function troubleOfServer(line: string): Trouble | undefined {
  if (line.trim() === '') return undefined;
  const entry = parseEntry(line);
  if (entry === undefined) {
    const severity = RAW_ERROR.test(line) ? 'error' : 'warning';
    return { severity, code: undefined, message: line, atMs: undefined };
  }
  const severity = SEVERITIES.find(({ level }) => Number(entry.level) >= level)?.severity;
  if (severity === undefined) return undefined;
  const error = isObject(entry.err) ? entry.err : {};
  return {
    severity,
    code: typeof error.code === 'string' ? error.code : undefined,
    message: [entry.msg, error.message].filter((text) => typeof text === 'string' && text !== '').join(': '),
    atMs: epochMs(entry.time),
  };
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return isObject(entry) && 'level' in entry ? entry : undefined;
  } catch {
    // Cut off or not the logger's: reported as it stands.
    return undefined;
  }
}

/** pino writes milliseconds by default and ISO text on request. */
function epochMs(time: unknown): number | undefined {
  const atMs = typeof time === 'string' ? Date.parse(time) : Number(time);
  return Number.isFinite(atMs) ? atMs : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
