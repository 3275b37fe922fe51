import { Fault } from '../../shared/domain/faults.ts';
import { type RetryUntilDeps, retryUntil } from '../../shared/usecases/retry/retry-until.ts';

/** How long a new role may be denied what its policy allows. */
export const ACCESS_DELAY_MS = 60_000;

/**
 * Retries the work of a first deployment on faults of the store, and while access is denied: IAM is
 * eventually consistent, and the role of the seed is seconds old.
 *
 * Source: "Changes that I make are not always immediately visible", AWS IAM User Guide.
 *
 * @param endsAt epoch ms
 * @throws any other error at once, and the last denial or fault at `endsAt`
 */
export function whenAllowed<T>(clock: RetryUntilDeps, endsAt: number, work: () => Promise<T>): Promise<T> {
  return retryUntil(clock, endsAt, work, (error) => error instanceof Fault || isDenied(error));
}

/** Names of the error in Secrets Manager and DynamoDB. */
function isDenied(error: unknown): boolean {
  return error instanceof Error && ['AccessDenied', 'AccessDeniedException'].includes(error.name);
}
