import type { Account, Amounts } from '../../../shared/domain/account.ts';
import type { ChangeOutcome } from '../../../shared/usecases/quota/change-account.ts';
import type { CheckOutcome } from '../../../shared/usecases/quota/check.ts';
import type { DecisionRecord, Reply } from '../reply.ts';
import { type AnyDenial, explainDenial, UNUSABLE_KEY } from './denials.ts';
import { accountView, batchResult, featureView, type Outcome, quotaResult } from './quota-view.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';

/** The request, as far as the response repeats it. */
export interface Asked {
  readonly userId: string;
  readonly amounts: Amounts;
  /** `one`: a single feature; `several`: a list of items; `account`: everything the account has. */
  readonly about: 'one' | 'several' | 'account';
  /** Whether it counts in the metrics of decisions. */
  readonly isCounted?: boolean;
}

/** The reply to a change: its result, or a problem that contains it. */
export function replyToChange(outcome: ChangeOutcome<AnyDenial>, asked: Asked, now: number): Reply {
  if (outcome.code === 'key_reused' || outcome.code === 'key_expired') {
    return { problem: UNUSABLE_KEY[outcome.code], decision: recordOf(asked, undefined, verdictOf(outcome)) };
  }
  const verdict = verdictOf(outcome);
  const decision = recordOf(asked, outcome.account, verdict);
  const headers = rateLimitHeaders(outcome.account, asked.amounts.keys(), now);
  if (outcome.code !== 'denied') {
    return { status: 200, body: bodyOf(outcome.account, asked, verdict, now), headers, decision };
  }
  const { account, denial, retryAt } = outcome;
  const problem = explainDenial(denial, { account, amounts: asked.amounts, retryAt }, now);
  return {
    problem: { ...problem, headers, extensions: extensionsOf(account, asked, verdict, outcome.asOf, denial) },
    decision,
  };
}

/** The reply to a question: 200 with `allowed` true or false. */
export function replyToQuestion(
  outcome: CheckOutcome | ChangeOutcome<AnyDenial>,
  asked: Asked,
  now: number,
  more: object = {},
): Reply {
  if (outcome.code === 'key_reused' || outcome.code === 'key_expired')
    return replyToChange(outcome, asked, now);
  const verdict = verdictOf(outcome);
  return {
    status: 200,
    body: {
      ...bodyOf(outcome.account, asked, verdict, outcome.code === 'denied' ? outcome.asOf : now),
      ...more,
    },
    headers: rateLimitHeaders(outcome.account, asked.amounts.keys(), now),
    decision: recordOf(asked, outcome.account, verdict),
  };
}

function verdictOf(outcome: CheckOutcome | ChangeOutcome<AnyDenial>): Outcome {
  switch (outcome.code) {
    case 'denied':
      return { allowed: false, code: outcome.denial.code, operationId: null, replayed: false };
    case 'key_reused':
    case 'key_expired':
      return { allowed: false, code: outcome.code, operationId: null, replayed: false };
    case 'allowed':
      return { allowed: true, code: 'allowed', operationId: null, replayed: false };
    default: {
      const { operationId, code } = outcome;
      return { allowed: true, code: 'allowed', operationId, replayed: code === 'replayed' };
    }
  }
}

function bodyOf(account: Account, { about, amounts }: Asked, verdict: Outcome, now: number): object {
  if (about === 'account') {
    const { operationId, replayed } = verdict;
    return { ...accountView(account, now), operationId, replayed };
  }
  if (about === 'several') return batchResult(account, amounts, verdict, now);
  const [[type, amount] = [null, 0]] = amounts;
  return quotaResult(account, type, amount, verdict, now);
}

/**
 * The result inside a problem. `type`, `code` and `status` are the problem's own, so the feature is
 * `feature`.
 */
function extensionsOf(
  account: Account,
  asked: Asked,
  verdict: Outcome,
  now: number,
  denial: AnyDenial,
): object {
  const body: Record<string, unknown> = { ...bodyOf(account, asked, verdict, now) };
  const { type, code, status, ...rest } = body;
  const feature = 'feature' in denial ? denial.feature : type;
  return { ...rest, allowed: false, ...(typeof feature === 'string' && { feature }) };
}

function recordOf(asked: Asked, account: Account | undefined, verdict: Outcome): DecisionRecord {
  const { userId, amounts, isCounted = false } = asked;
  return {
    userId,
    outcome: verdict.replayed ? 'replayed' : verdict.code,
    operationId: verdict.operationId,
    features: [...amounts].map(([type, amount]) => {
      const balance = account ? featureView(account, type).balance : null;
      return {
        type,
        amount,
        remaining: balance?.remaining ?? null,
        usagePercent: balance?.limit ? (100 * balance.used) / balance.limit : null,
        isKnown: account?.counters.has(type) ?? false,
      };
    }),
    isCounted,
  };
}
