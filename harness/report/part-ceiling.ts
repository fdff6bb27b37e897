import { type Static, Type } from 'typebox';

/** What a part of the system reaches by itself, measured once: transactions or requests per second. */
export const PartCeiling = Type.Object(
  {
    /**
     * `single-inserts`: rows like a message's, each in a transaction; `commits`: transactions that write next to nothing;
     * `http-echo`: requests of the load generator to a server that sends bodies back.
     */
    part: Type.Enum(['single-inserts', 'commits', 'http-echo']),
    connections: Type.Integer(),
    perS: Type.Number(),
    /** As far as they matter. */
    batch: Type.Optional(Type.Integer()),
    payloadBytes: Type.Optional(Type.Integer()),
    partitions: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
);

export type PartCeilingRecord = Static<typeof PartCeiling>;
