/** PostgreSQL stayed away; whether the messages were stored is unknown. */
export class PushOutageError extends Error {
  override readonly name = 'PushOutageError';
}
