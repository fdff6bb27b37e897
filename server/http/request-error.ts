/** A request that cannot be served; `statusCode` is what fastify answers with, the message goes to the client. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly statusCode: number;

  constructor(message: string, options: { readonly statusCode: number; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.statusCode = options.statusCode;
  }
}
