/**
 * An error of Upstash: an HTTP status and, where Upstash sends one, the text of `{"error": …}`.
 *
 * Sources: "HTTP Codes", Upstash REST API documentation; texts that it does not list come from users'
 * reports.
 */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const unauthorized = () => new RestError(401, 'WRONGPASS invalid or missing auth token');

/** Sent without a body. */
export const methodNotAllowed = () => new RestError(405, '');

/** Redis was not reached, or the connection was lost before the reply. */
export const databaseUnavailable = () => new RestError(503, 'ERR the database is not available');

/** The error of a command that Upstash does not support. */
export function notAvailable(command: string): string {
  const details = 'https://upstash.com/docs/redis/overall/rediscompatibility';
  return `ERR Command is not available: '${command}'. See ${details} for details`;
}

/** The error of a command that needs its own connection. */
export function notAllowed(command: string): string {
  return `ERR Command "${command}" is not allowed in REST or it has a special context path`;
}
