import pLimit from 'p-limit';
import type { ChangeOutcome } from '../../shared/usecases/quota/change-account.ts';
import { consume, type QuotaDenial } from '../../shared/usecases/quota/consume.ts';
import { untilAnswered } from './patient-caller.ts';
import { units } from './sample-account.ts';
import type { TestService } from './service.ts';

export interface Crowd {
  readonly userId: string;
  readonly callers: number;
  /** Maximum of Lambda environments; each serves one request at a time, and the next when idle. */
  readonly environments: number;
}

/**
 * `count` callers consume a unit of one user at once, each until it is answered: the codes of their outcomes.
 */
export function consumeAtOnce(
  service: TestService,
  { userId, callers, environments }: Crowd,
): Promise<ChangeOutcome<QuotaDenial>['code'][]> {
  const idle: TestService[] = [];
  const atOnce = pLimit(environments);
  const call = async () => {
    const environment = idle.pop() ?? service.environment();
    const { code } = await untilAnswered((idempotencyKey) =>
      consume(environment, { userId, amounts: units(1), idempotencyKey }),
    );
    idle.push(environment);
    return code;
  };
  return Promise.all(Array.from({ length: callers }, () => atOnce(call)));
}
