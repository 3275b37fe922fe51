import { performance } from 'node:perf_hooks';
import type { Books, ConsumeOutcome, Target } from './target.ts';

export interface Scenario {
  readonly title: string;
  readonly users: number;
  /** Concurrent consumes of every user. */
  readonly callsPerUser: number;
  readonly amount: number;
  readonly limit: number;
  /** Units used before the scenario starts. */
  readonly usedBefore: number;
}

export interface UserResult {
  readonly userId: string;
  readonly accepted: number;
  readonly denied: number;
  readonly failed: number;
  readonly books: Books;
  /** Violated conditions; empty when the user's books are right. */
  readonly faults: readonly string[];
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly durationMs: number;
  readonly users: readonly UserResult[];
}

/** Starts every consume of every user at once, and compares the answers with the stored data. */
export async function runScenario(
  target: Target,
  scenario: Scenario,
  userPrefix: string,
  onProgress: (done: number, total: number) => void,
): Promise<ScenarioResult> {
  const userIds = Array.from({ length: scenario.users }, (_, index) => `${userPrefix}-${index + 1}`);
  for (const userId of userIds) await target.createUser(userId, scenario.limit, scenario.usedBefore);

  const total = scenario.users * scenario.callsPerUser;
  let done = 0;
  const startedAt = performance.now();
  const calls = userIds.flatMap((userId) =>
    Array.from({ length: scenario.callsPerUser }, async () => {
      const outcome = await target.consume(userId, scenario.amount).catch((): ConsumeOutcome => 'failed');
      done += 1;
      onProgress(done, total);
      return { userId, outcome };
    }),
  );
  const outcomes = await Promise.all(calls);
  const durationMs = performance.now() - startedAt;

  const users: UserResult[] = [];
  for (const userId of userIds) {
    const mine = outcomes.filter((call) => call.userId === userId).map(({ outcome }) => outcome);
    users.push(verify(scenario, userId, mine, await target.books(userId)));
  }
  return { scenario, durationMs, users };
}

function verify(
  scenario: Scenario,
  userId: string,
  outcomes: readonly ConsumeOutcome[],
  books: Books,
): UserResult {
  const count = (wanted: ConsumeOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const accepted = count('accepted');
  const { limit, usedBefore, amount, callsPerUser } = scenario;
  const admissible = Math.min(callsPerUser, Math.floor((limit - usedBefore) / amount));
  const expectedUnits = usedBefore + accepted * amount;
  const expectedEntries = accepted + (usedBefore > 0 ? 1 : 0);

  const faults: string[] = [];
  if (expectedUnits > limit) faults.push(`over the limit: ${expectedUnits} of ${limit} units were admitted`);
  if (accepted !== admissible) faults.push(`${accepted} calls were accepted, expected ${admissible}`);
  if (books.used !== expectedUnits) {
    faults.push(`the account has ${books.used} used, the answers ${expectedUnits}`);
  }
  if (books.ledgerUnits !== books.used) {
    faults.push(`the ledger sums to ${books.ledgerUnits}, the account has ${books.used}`);
  }
  if (books.ledgerEntries !== expectedEntries) {
    faults.push(`the ledger has ${books.ledgerEntries} entries for ${expectedEntries} accepted calls`);
  }
  return { userId, accepted, denied: count('denied'), failed: count('failed'), books, faults };
}
