import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AccountItem, CounterItem } from '../../../shared/adapters/dynamodb/account-item.ts';
import { TABLE } from '../../../shared/contract.ts';
import { type Account, type Counter, mapCounters, recount } from '../../../shared/domain/account.ts';
import { AnswerLost } from '../../../shared/domain/faults.ts';
import { ALERT_MUTANTS } from './alerts/alert-mutants.ts';
import type { NodeDeps } from './node.ts';
import { overlaid } from './overlaid.ts';
import type { Sabotage } from './simulate.ts';
import { STRIPE_MUTANTS } from './stripe/stripe-mutants.ts';

/** Typical bugs of such systems. The simulation has to detect each of them. */
export const MUTANTS: Readonly<Record<string, Sabotage>> = {
  'the debit does not check the remaining units': debitWithout(/\(\S+\.r >= :n\d+ OR [^)]*\)/g),
  'the debit does not check whether the period is open': debitWithout(/\S+\.x > :now/g),
  'the debit does not check whether the operation is known': debitWithout(/attribute_not_exists\(o\.#op\)/g),
  'the debit does not check the layout of counters': debitWithout(/attribute_not_exists\(w\.#f\d+\)/g),
  'the debit does not check the due index': debitWithout(/\(d <= \S+\.x OR \S+\.x = :never\)/g),
  'the debit does not check the date of the last change': debitWithout(/g\.t <= :at/g),
  'the debit does not increment the version': {
    rewrite: onUpdate((input) => ({
      UpdateExpression: input.UpdateExpression?.replace('v = v + :one, ', ''),
    })),
  },
  'the debit forgets the operation': {
    rewrite: onUpdate((input) => ({
      UpdateExpression: input.UpdateExpression?.replace(', o.#op = :accepted', ''),
    })),
  },
  'a save does not check the version it was made from': {
    rewrite: onPut(({ ConditionExpression: _, ExpressionAttributeValues: __, ...input }) => input),
  },
  'remaining is never less than 0': {
    rewrite: onPut((input) => ({ ...input, Item: withCounters(input.Item as AccountItem, atLeast0) })),
  },
  'reservations are forgotten when a period ends': {
    alter: onSave((account) =>
      account.change?.kind === 'rollover' ? { ...account, holds: new Map() } : account,
    ),
  },
  'a grant is not recorded beside the limit': {
    alter: onSave((account) =>
      account.change?.kind === 'grant'
        ? mapCounters(account, account.change.amounts.keys(), (counter) => ({ ...counter, granted: 0 }))
        : account,
    ),
  },
  'the debit does not check for exact numbers': debitWithout(/\S+\.t <= :m\d+/g),
  'a lifetime total that restarts loses its former sum': {
    alter: onSave((account) =>
      mapCounters(account, account.counters.keys(), ({ closed: _, ...counter }) => counter),
    ),
  },
  'usage beyond the largest number is lost': {
    alter: onSave((account) =>
      mapCounters(account, account.counters.keys(), ({ excess: _, ...counter }) => counter),
    ),
  },
  'a period begins when a request finds it': { alter: onSave(startingNow) },
  'a lost race counts as a win': {
    alter: (deps) =>
      change(deps, {
        save: async (account, signal) => {
          await deps.accounts.save(account, signal);
          return { code: 'saved', account };
        },
      }),
  },
  'a lost answer counts as a refusal': {
    alter: (deps) =>
      change(deps, {
        debit: (debit, signal) =>
          deps.accounts.debit(debit, signal).catch(async (error: unknown) => {
            if (!(error instanceof AnswerLost)) throw error;
            const id = `${debit.change.operationId}-again`;
            return deps.accounts.debit({ ...debit, change: { ...debit.change, operationId: id } }, signal);
          }),
      }),
  },
  'callers retry under another key': { keyAgain: () => undefined },
  'the projector skips the last change of a batch': {
    alter: (deps) => ({ ...deps, ledger: ledgerOf(deps, (entries) => entries.slice(0, -1)) }),
  },
  'the projector writes no operation records': {
    alter: (deps) => ({
      ...deps,
      ledger: ledgerOf(deps, (entries) => entries.map((entry) => ({ ...entry, keyed: false }))),
    }),
  },
  'a denial does not read the newest version of the plan': {
    alter: (deps) => ({
      ...deps,
      plans: overlaid(deps.plans, { recent: async () => ({ plan: undefined, asOf: deps.now() }) }),
    }),
  },
  'operations are forgotten as soon as they are projected': {
    window: { floorLagMs: 0, pruneEveryMs: 0, pruneAbove: 0 },
  },
  'a pruning does not raise the floor': {
    alter: (deps) =>
      change(deps, {
        prune: ({ floor, ...pruning }) =>
          deps.accounts.prune({ ...pruning, floor: { from: floor.from, to: floor.from } }),
      }),
  },
  'a pruning forgets what it has just settled': {
    alter: (deps) =>
      change(deps, {
        prune: ({ forget, settle, ...pruning }) =>
          deps.accounts.prune({ ...pruning, forget: [...forget, ...settle.keys()], settle: new Map() }),
      }),
  },
  'a pruning settles keys without a record': {
    alter: (deps) => ({
      ...deps,
      ledger: overlaid(deps.ledger, {
        findRecords: async (_userId, keys) =>
          new Map(
            keys.map((key) => [key, { operationId: key, fingerprint: '', version: 0, projectedAt: 0 }]),
          ),
      }),
    }),
  },
  'a key without a lookup claims the knowledge of now': {
    window: { freshMs: 3_600_000 },
    rewrite: onUpdate((input) => ({
      ExpressionAttributeValues: { ...input.ExpressionAttributeValues, ':asOf': Number.MAX_SAFE_INTEGER },
    })),
  },
  'an expired reservation is unknown': {
    alter: (deps) => ({
      ...deps,
      ledger: overlaid(deps.ledger, { findReservation: async () => undefined }),
    }),
  },
  'a confirmation does not record its overdraft': {
    alter: onSave((account) =>
      account.change?.overdrawn ? { ...account, change: { ...account.change, overdrawn: [] } } : account,
    ),
  },
  'a confirmation is booked only as far as there is room': { alter: onSave(withinLimit) },
  'clocks differ by half a minute': { faultProfile: { skewMs: 30_000 } },
  ...STRIPE_MUTANTS,
  ...ALERT_MUTANTS,
};

/** Removes clauses from the condition of an account update, and the placeholders that only these used. */
function debitWithout(clause: RegExp): Sabotage {
  return {
    rewrite: onUpdate(({ UpdateExpression = '', ConditionExpression = '', ExpressionAttributeValues }) => {
      const condition = ConditionExpression.replace(clause, 'attribute_exists(pk)');
      const used = new Set(`${UpdateExpression} ${condition}`.match(/[#:]\w+/g));
      const values = Object.entries(ExpressionAttributeValues ?? {}).filter(([name]) => used.has(name));
      return { ConditionExpression: condition, ExpressionAttributeValues: Object.fromEntries(values) };
    }),
  };
}

type UpdateInput = UpdateCommand['input'];
type PutInput = PutCommand['input'];

/** Debits alone: other updates of accounts have no values. */
function onUpdate(edit: (input: UpdateInput) => Partial<UpdateInput>) {
  return (command: object): object => {
    if (!(command instanceof UpdateCommand)) return command;
    const { input } = command;
    const isDebit = input.Key?.sk === TABLE.accountSortKey && input.ExpressionAttributeValues !== undefined;
    if (!isDebit) return command;
    const edited = { ...input, ...edit(input) };
    const used = new Set(`${edited.UpdateExpression} ${edited.ConditionExpression}`.match(/[#:]\w+/g));
    const only = <T>(record: Record<string, T> | undefined) =>
      Object.fromEntries(Object.entries(record ?? {}).filter(([name]) => used.has(name)));
    return new UpdateCommand({
      ...edited,
      ExpressionAttributeNames: only(edited.ExpressionAttributeNames),
      ExpressionAttributeValues: only(edited.ExpressionAttributeValues),
    });
  };
}

function onPut(edit: (input: PutInput) => PutInput) {
  return (command: object): object =>
    command instanceof PutCommand && command.input.Item?.sk === TABLE.accountSortKey
      ? new PutCommand(edit(command.input))
      : command;
}

function withCounters(item: AccountItem, edit: (counter: CounterItem) => CounterItem): AccountItem {
  const counters = Object.entries(item.c).map(([feature, counter]) => [feature, edit(counter)]);
  return { ...item, c: Object.fromEntries(counters) };
}

function atLeast0(counter: CounterItem): CounterItem {
  return { ...counter, r: Math.max(0, counter.r) };
}

function change(deps: NodeDeps, changed: Partial<NodeDeps['accounts']>): NodeDeps {
  return { ...deps, accounts: overlaid(deps.accounts, changed) };
}

function onSave(edit: (account: Account) => Account) {
  return (deps: NodeDeps): NodeDeps =>
    change(deps, { save: (account, signal) => deps.accounts.save(edit(account), signal) });
}

/** Restarts every just-opened period now: nothing is used in it but by the change itself. */
function startingNow(account: Account): Account {
  const { change: made, counters } = account;
  if (made?.kind !== 'rollover') return account;
  const begin = (counter: Counter): Counter =>
    counter.used === 0 && counter.lifetime > 0 && made.at < counter.periodEnd
      ? { ...counter, periodStart: made.at }
      : counter;
  return mapCounters(account, counters.keys(), begin);
}

/** Drops confirmed units beyond a limit. */
function withinLimit(account: Account): Account {
  const over = account.change?.overdrawn ?? [];
  return mapCounters(account, account.counters.keys(), (counter, feature) => {
    const own = over.find((one) => one.feature === feature && one.interval === counter.interval);
    return own && counter.used >= own.amount
      ? recount(counter, { used: counter.used - own.amount })
      : counter;
  });
}

function ledgerOf(
  { ledger }: NodeDeps,
  edit: (entries: Parameters<NodeDeps['ledger']['append']>[0]) => Parameters<NodeDeps['ledger']['append']>[0],
): NodeDeps['ledger'] {
  return overlaid(ledger, { append: (entries) => ledger.append(edit(entries)) });
}
