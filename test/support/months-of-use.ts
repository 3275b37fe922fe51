import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { units } from './sample-account.ts';
import type { TestService } from './service.ts';

const DAY_MS = 86_400_000;
const STEP_DAYS = 10;

/** The plans of `useForMonths`, with every kind of interval. */
export async function createPlans(service: TestService): Promise<void> {
  await service.createPlan('free', [
    { limit: 1_000 },
    { limit: 200, interval: '5h' },
    { feature: 'upload', limit: 50, interval: 'day' },
    { feature: 'storage', limit: 10_000, interval: 'never' },
  ]);
  await service.createPlan('pro', [{ limit: 5_000 }, { feature: 'storage', limit: null, interval: 'never' }]);
}

/**
 * Some users use the service for a number of steps of ten days, from the service's clock on: periods close,
 * holds are confirmed, expire and are confirmed late, plans change, units are granted and reset. Everything
 * is projected.
 */
export async function useForMonths(
  service: TestService,
  userIds: readonly string[],
  steps: number,
): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    for (const userId of userIds) await useOnce(service, userId, step);
    await service.expectLedgerToBalance();
    service.clock.advanceMs(STEP_DAYS * DAY_MS);
  }
}

async function useOnce(service: TestService, userId: string, step: number): Promise<void> {
  const { clock } = service;
  const use = (amount: number, feature = 'aiRequest', idempotencyKey?: string) =>
    consume(service, { userId, amounts: units(amount, feature), idempotencyKey });
  await use(3 + step);
  await use(40, 'storage');
  if (step % 2 === 0) await use(2, 'upload', `upload-${step}`);
  clock.advanceMs(60_000);
  const { reservationId } = await reserve(service, { userId, amounts: units(20), ttlSeconds: 3_600 });
  if (step % 3 === 0) await settleReservation(service, { userId, reservationId, amount: 11 });
  if (step % 3 === 1) {
    clock.advanceMs(2 * 3_600_000);
    await service.expectLedgerToBalance();
    await settleReservation(service, { userId, reservationId, amount: 25 });
  }
  if (step === 1) await grantQuota(service, { userId, feature: 'aiRequest', amount: 500, reason: 'a gift' });
  if (step === 2) await setUserPlan(service, { userId, planId: 'pro' });
  if (step === 3) await release(service, { userId, amounts: units(30, 'storage') });
  if (step === 4) await resetQuota(service, { userId });
  if (step === 5)
    await setUserPlan(service, { userId, planId: 'free', schedule: { timeZone: 'Asia/Tokyo' } });
}
