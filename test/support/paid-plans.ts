import { createTestService, type TestService } from './service.ts';

/** The plans that the prices buy, besides the default plan. */
export async function createPaidPlans(service: TestService): Promise<void> {
  await service.createPlan('pro', [{ limit: 1_000, interval: 'billing_cycle' }]);
  await service.createPlan('team', [
    { limit: 5_000, interval: 'billing_cycle' },
    { feature: 'upload', limit: 50, interval: 'day' },
  ]);
  await service.createPlan('starter', [{ limit: 10, interval: 'billing_cycle' }]);
}

/** A service over a fresh table without a stream, with the plans that the prices buy. */
export async function createServiceWithPaidPlans(): Promise<TestService> {
  const service = await createTestService({ stream: false });
  await createPaidPlans(service);
  return service;
}
