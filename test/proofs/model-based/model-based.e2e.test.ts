import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { useLocalStack } from '../../support/local-stack.ts';
import { UNSEEN } from '../linearizability/quota-machine.ts';
import { putHistoriesPlans } from '../linearizability/record-histories.ts';
import { QUOTA_COMMANDS } from './quota-commands.ts';

/** From `npm run test:model`, or few. */
const { MODEL_RUNS = '6', MODEL_COMMANDS = '12', MODEL_SEED = '1' } = process.env;

const stack = useLocalStack();
beforeAll(() => putHistoriesPlans(stack()));

test(
  'for any calls in any order, every answer and every balance equals a simple model’s',
  async () => {
    let commands = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.commands(QUOTA_COMMANDS, { maxCommands: Number(MODEL_COMMANDS), size: 'max' }),
        async (list) => {
          const { url, serviceKey, adminKey } = stack();
          const run = randomUUID();
          const keyOf = (name: string) => `${name}-${run}`;
          const real = { url, serviceKey, adminKey, userId: run, keyOf };
          await fc.asyncModelRun(() => ({ model: { state: UNSEEN, calls: 0 }, real }), list);
          commands += [...list].length;
        },
      ),
      { numRuns: Number(MODEL_RUNS), seed: Number(MODEL_SEED), endOnFailure: false },
    );
    expect(commands).toBeGreaterThan(Number(MODEL_RUNS));
    console.log(`${MODEL_RUNS} runs, ${commands} commands`);
  },
  60_000 + Number(MODEL_RUNS) * 20_000,
);
