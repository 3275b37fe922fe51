import type { Account, Counter } from '../../../shared/domain/account.ts';

/** An account's image in a line: its change and the figures. */
export function describe(account: Account, before: Account | undefined): string {
  const { userId, version, change, counters, operations, holds } = account;
  if (before?.version === version) return `${userId} v${version}: remembers ${operations.size} operations`;
  const figures = [...counters].flatMap(([feature, list]) =>
    list.map((counter) => figuresOf(feature, counter)),
  );
  const reserved = holds.size > 0 ? `; ${holds.size} reservations` : '';
  return `${userId} v${version} by ${change?.kind} ${change?.operationId}: ${figures.join(', ')}${reserved}`;
}

function figuresOf(feature: string, { interval, used, held, limit, enforced, periodEnd }: Counter): string {
  const until = interval === 'never' ? '' : ` until ${new Date(periodEnd).toISOString().slice(0, 16)}`;
  return `${feature}/${interval} ${used}${held > 0 ? `+${held}` : ''} of ${limit ?? '∞'}${enforced ? '' : ' (soft)'}${until}`;
}
