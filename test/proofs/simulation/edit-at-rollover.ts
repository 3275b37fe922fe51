import type { Amounts } from '../../../shared/domain/account.ts';
import type { Allowance } from '../../../shared/domain/plan.ts';
import { plainPeriod } from './calendar.ts';
import { Chance } from './chance.ts';
import type { Act, Action, Script } from './script.ts';

/** A separate random stream: histories without an edit are unchanged by this file. */
const EDITS = 45;
const SHARE = 0.06;
/** New users whose first use loads the plan into the environments' caches, for a second. */
const FIRST_USERS = 6;

/**
 * Further acts of some histories: a grant, then an edit of the plan within the last second of a period; the
 * user is moved to the new version, and uses arrive right after the rollover, while other environments still
 * cache the old version.
 */
export function withEditAtRollover(script: Script): Script {
  const chance = new Chance(script.seed, EDITS);
  const rolling = script.plans.free?.filter(({ interval }) => endOf(script, interval) !== undefined) ?? [];
  if (!chance.happens(SHARE) || rolling.length === 0) return script;
  const { feature, interval } = chance.pick(rolling);
  const end = endOf(script, interval) ?? 0;
  const userId = 'user8';
  const amounts = (most: number): Amounts => new Map([[feature, chance.int(1, most)]]);
  const editAt = end - chance.int(60, 700);
  const allowances = lowered(script.plans.free ?? [], chance);
  const steps: [afterMs: number, userId: string, action: Action][] = [
    [end - 9_000, userId, { verb: 'consume', amounts: amounts(3) }],
    [end - chance.int(1_200, 6_000), userId, { verb: 'grant', feature, amount: chance.int(1, 90) }],
    ...Array.from({ length: FIRST_USERS }, (_, index): [number, string, Action] => [
      editAt - chance.int(10, 250),
      `user8${index}`,
      { verb: 'consume', amounts: amounts(1) },
    ]),
    [editAt, userId, { verb: 'edit plan', planId: 'free', allowances }],
    [editAt + chance.int(20, 60), userId, { verb: 'set plan', planId: 'free', timeZone: undefined }],
    ...Array.from({ length: chance.int(2, 5) }, (): [number, string, Action] => [
      end + chance.int(0, 900),
      userId,
      { verb: 'consume', amounts: amounts(30) },
    ]),
  ];
  const first = Math.max(...script.acts.map(({ number }) => number)) + 1;
  const acts = steps.map(([afterMs, user, action], index): Act => {
    const base = { key: 'none', patienceMs: undefined, isDoubled: false, againAfterMs: undefined } as const;
    return {
      ...base,
      number: first + index,
      afterMs: Math.max(0, Math.round(afterMs)),
      userId: user,
      action,
    };
  });
  return { ...script, acts: [...script.acts, ...acts].sort((a, b) => a.afterMs - b.afterMs) };
}

/** End of the interval's period that contains the tenth second of the history, ms since its start. */
function endOf({ startAt }: Script, interval: Allowance['interval']): number | undefined {
  if (interval === '5h') return undefined; // It begins with the user.
  const period = plainPeriod(interval, startAt + 10_000, startAt);
  return period && period.end - startAt;
}

function lowered(allowances: readonly Allowance[], chance: Chance): Allowance[] {
  return allowances.map((allowance) => ({
    ...allowance,
    limit: allowance.limit === null ? chance.pick([null, 5]) : chance.int(0, allowance.limit),
  }));
}
