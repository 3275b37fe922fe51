import { ACCOUNT_BUGS } from './bugs/account-bugs.ts';
import { ALERT_BUGS } from './bugs/alert-bugs.ts';
import { ANSWER_BUGS } from './bugs/answer-bugs.ts';
import { ARCHIVE_BUGS } from './bugs/archive-bugs.ts';
import { BOUNDARY_BUGS } from './bugs/boundary-bugs.ts';
import { CONFIRM_BUGS } from './bugs/confirm-bugs.ts';
import { DEBIT_BUGS } from './bugs/debit-bugs.ts';
import { LIST_BUGS } from './bugs/list-bugs.ts';
import { MONEY_BUGS } from './bugs/money-bugs.ts';
import { ONCE_BUGS } from './bugs/once-bugs.ts';
import { PLAN_BUGS } from './bugs/plan-bugs.ts';
import { PROBE_BUGS } from './bugs/probe-bugs.ts';
import { RATE_BUGS } from './bugs/rate-bugs.ts';
import { REDIS_BUGS } from './bugs/redis-bugs.ts';
import { STREAM_BUGS } from './bugs/stream-bugs.ts';
import { STRIPE_BUGS } from './bugs/stripe-bugs.ts';
import type { PlantedBug } from './planted-bug.ts';

/**
 * Every bug that the tests must catch. Changes that Stryker's operators make in `shared/domain` are not
 * repeated here.
 */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...DEBIT_BUGS,
  ...CONFIRM_BUGS,
  ...ONCE_BUGS,
  ...ACCOUNT_BUGS,
  ...ANSWER_BUGS,
  ...STREAM_BUGS,
  ...LIST_BUGS,
  ...PLAN_BUGS,
  ...ALERT_BUGS,
  ...STRIPE_BUGS,
  ...MONEY_BUGS,
  ...REDIS_BUGS,
  ...BOUNDARY_BUGS,
  ...RATE_BUGS,
  ...PROBE_BUGS,
  ...ARCHIVE_BUGS,
];
