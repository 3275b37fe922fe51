import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPaidPlans } from '../../support/paid-plans.ts';
import { createTestService, type TestService } from '../../support/service.ts';
import { inMemory } from './memory-service.ts';
import { runHistory } from './stripe-histories.ts';

const HISTORIES = Number(process.env.STRIPE_HISTORIES ?? 300);
const FIRST = Number(process.env.STRIPE_HISTORIES_FROM ?? 1);
/** Printed only in long runs. */
const PROGRESS_EVERY = 400;

describe('Stripe wins', () => {
  let service: TestService;
  let drop: () => Promise<void>;

  beforeAll(async () => {
    const overEmulator = await createTestService({ stream: false });
    drop = overEmulator.table.drop;
    service = process.env.STRIPE_HISTORIES_IN_MEMORY ? await inMemory(overEmulator) : overEmulator;
    await createPaidPlans(service);
  });
  afterAll(() => drop());

  it(
    `in ${HISTORIES} histories: after one last sync all is as at Stripe, and no older state was ever saved`,
    async () => {
      const limit = pLimit(10);
      const sums = { histories: 0, deaths: 0, saves: 0 };
      const faults: string[] = [];
      const run = async (seed: number) => {
        const report = await runHistory(service, seed);
        sums.histories += 1;
        sums.deaths += report.deaths;
        sums.saves += report.saves;
        faults.push(...report.faults);
        if (sums.histories % PROGRESS_EVERY === 0) {
          const { histories, deaths, saves } = sums;
          console.log(`${histories} histories, ${saves} saves, ${deaths} deaths, ${faults.length} faults`);
        }
      };
      await Promise.all(Array.from({ length: HISTORIES }, (_, index) => limit(() => run(FIRST + index))));
      expect(faults).toEqual([]);
      // Without these the histories would prove little.
      expect(sums.deaths).toBeGreaterThan(HISTORIES / 4);
      expect(sums.saves).toBeGreaterThan(HISTORIES);
    },
    // 80 ms each on an idle machine; a busy one may need more.
    Math.max(600_000, HISTORIES * 6_000),
  );
});
