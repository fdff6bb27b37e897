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
};

const KEYS = Object.keys(NAMES) as readonly (keyof MachineFingerprint)[];

/** The fingerprint out of an environment, which has more. */
export function fingerprintOf(environment: MachineFingerprint): MachineFingerprint {
  const { node, postgres, provider, maxConnections, cpu, cores, memoryBytes, os } = environment;
  return { node, postgres, provider, maxConnections, cpu, cores, memoryBytes, os };
}

/** What differs, a few words each: `number of cores (2, then 4)`; none when the two are of the same kind of machine. */
export function fingerprintDifferences(then: MachineFingerprint, now: MachineFingerprint): readonly string[] {
  return KEYS.filter((key) => then[key] !== now[key]).map((key) => `${NAMES[key]} (${then[key]}, then ${now[key]})`);
}
