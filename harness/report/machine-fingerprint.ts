import { type Static, Type } from 'typebox';

/** What absolute figures depend on beside the server: they are compared only between machines in which all of it is equal. */
export const FingerprintSchema = Type.Object({
  node: Type.String(),
  postgres: Type.String(),
  provider: Type.String(),
  maxConnections: Type.Union([Type.Integer(), Type.Null()]),
  cpu: Type.String(),
  cores: Type.Integer(),
  memoryBytes: Type.Number(),
  os: Type.String(),
  /** Settings that differ from PostgreSQL's defaults. */
  postgresSettings: Type.Record(Type.String(), Type.String()),
});

export type MachineFingerprint = Static<typeof FingerprintSchema>;

const NAMES: Readonly<Record<keyof MachineFingerprint, string>> = {
  node: 'Node.js',
  postgres: 'PostgreSQL',
  provider: 'PostgreSQL provider',
  maxConnections: 'max_connections',
  cpu: 'CPU',
  cores: 'number of cores',
  memoryBytes: 'memory in bytes',
  os: 'operating system',
  postgresSettings: 'PostgreSQL settings',
};

const KEYS = Object.keys(NAMES) as readonly (keyof MachineFingerprint)[];

/** Where the server and its files are and how it writes dates: no figure depends on them, and some are random. */
const NO_MATTER =
  /^(?:port|listen_addresses|unix_socket_\w+|data_directory|\w+_file|cluster_name|TimeZone|log_\w+|lc_\w+|default_text_search_config)$/;

/** The fingerprint out of an environment, which has more. */
export function fingerprintOf(environment: MachineFingerprint): MachineFingerprint {
  const { node, postgres, provider, maxConnections, cpu, cores, memoryBytes, os } = environment;
  const settings = Object.entries(environment.postgresSettings).filter(([name]) => !NO_MATTER.test(name));
  const postgresSettings = Object.fromEntries(settings.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { node, postgres, provider, maxConnections, cpu, cores, memoryBytes, os, postgresSettings };
}

/** What differs, a few words each: `number of cores (2, then 4)`; none when the two are of the same kind of machine. */
export function fingerprintDifferences(then: MachineFingerprint, now: MachineFingerprint): readonly string[] {
  const [before, after] = [fingerprintOf(then), fingerprintOf(now)];
  return KEYS.filter((key) => shown(before[key]) !== shown(after[key])).map(
    (key) => `${NAMES[key]} (${shown(before[key])}, then ${shown(after[key])})`,
  );
}

function shown(value: MachineFingerprint[keyof MachineFingerprint]): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const settings = Object.entries(value).map(([name, setting]) => `${name}=${setting}`);
  return settings.length === 0 ? 'defaults' : settings.join(' ');
}
