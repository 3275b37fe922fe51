import { randomUUID } from 'node:crypto';
import type { Account, Change } from '../../shared/domain/account.ts';
import { debit } from '../../shared/domain/debit.ts';
import { nextVersion } from '../../shared/domain/next-version.ts';
import { fingerprintOf } from '../../shared/domain/operation.ts';
import { SAMPLE_NOW, sampleAccount, units } from './sample-account.ts';

/**
 * The account that must fit into one write unit: a UUID as user id, 4 features with six-figure usage, 16
 * operations, and a newest change with all usual fields, under a 36-character key.
 */
export function typicalAccount(userId: string = randomUUID(), now = SAMPLE_NOW): Account {
  const features = ['aiRequest', 'upload', 'storage', 'exportedPage'];
  let account: Account = {
    ...sampleAccount(
      features.map((feature) => ({
        feature,
        limit: 987_654,
        interval: feature === 'storage' ? 'never' : 'month',
      })),
      now,
    ),
    userId,
  };
  for (const feature of features) account = debit(account, units(123_457, feature));
  for (let operation = 0; operation < 16; operation += 1) {
    account = nextVersion(debit(account, units(1)), typicalChange(now + operation));
  }
  return { ...account, version: 123_457 };
}

function typicalChange(at: number): Change {
  const amounts = units(1);
  return {
    kind: 'consume',
    operationId: randomUUID(),
    keyed: true,
    fingerprint: fingerprintOf({ kind: 'consume', amounts }),
    at,
    amounts,
    resourceType: 'document',
    resourceId: randomUUID(),
  };
}
