/** What a server can be looked into with: the first two by V8's own inspector, the others by clinic. */
export const PROFILE_KINDS = ['cpu', 'heap', 'doctor', 'flame', 'bubbleprof'] as const;

export type ProfileKind = (typeof PROFILE_KINDS)[number];

/** The kinds that the inspector makes, from inside every thread of the server. */
export type InspectorKind = Extract<ProfileKind, 'cpu' | 'heap'>;

/** The kinds that clinic makes, from outside of one process. */
export type ClinicKind = Exclude<ProfileKind, InspectorKind>;

export function isInspectorKind(kind: ProfileKind): kind is InspectorKind {
  return kind === 'cpu' || kind === 'heap';
}
