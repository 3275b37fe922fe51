import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanPage, ScanSegment } from '../../../../shared/adapters/dynamodb/account-scan.ts';
import { type AccountWalk, walkAccounts } from '../../../../shared/usecases/jobs/walk-accounts.ts';

const keyOf = (userId: string) => ({ pk: `ACCOUNT#${userId}`, sk: 'ACCOUNT' });
const nameOf = (index: number) => `user-${String(index).padStart(4, '0')}`;

/** A table of accounts and other items, with any page boundaries. */
function scanOf(users: readonly string[], pageSize: number) {
  return {
    positionOf: keyOf,
    page: async ({ segment, segments, after }: ScanSegment): Promise<ScanPage> => {
      const own = users.filter((_, index) => index % segments === segment);
      const rest = own.filter((user) => after === undefined || keyOf(user).pk > after.pk);
      const page = rest.slice(0, pageSize);
      const last = page.at(-1);
      return { userIds: page, next: rest.length > pageSize && last ? keyOf(last) : undefined };
    },
  };
}

const deps = (users: readonly string[], pageSize: number) => ({
  accountScan: scanOf(users, pageSize),
  sleep: async () => {},
  random: () => 0.5,
});
const walkOf = (more: Partial<AccountWalk>): AccountWalk => ({
  purpose: 'test',
  checkpoint: undefined,
  mayContinue: () => true,
  work: async () => true,
  onProgress: () => {},
  ...more,
});

describe('A walk through all accounts', () => {
  it('works on every account, whenever it is cut short, interrupted or dies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 260 }),
        fc.integer({ min: 1, max: 80 }),
        fc.infiniteStream(fc.integer({ min: 4, max: 12 })),
        fc.infiniteStream(fc.constantFrom('on', 'on', 'on', 'interrupted', 'died')),
        async (count, pageSize, looksOfRuns, fates) => {
          const users = Array.from({ length: count }, (_, index) => nameOf(index));
          const worked = new Set<string>();
          let checkpoint: string | undefined;
          for (let runs = 0, isComplete = false; !isComplete; runs += 1) {
            let looks = looksOfRuns.next().value ?? 4;
            const walk = walkOf({
              checkpoint,
              mayContinue: () => {
                looks -= 1;
                return looks >= 0;
              },
              work: async (userIds) => {
                const fate = fates.next().value;
                if (fate === 'died') throw new Error('died');
                for (const userId of userIds) worked.add(userId);
                return fate === 'on';
              },
              onProgress: (position) => {
                checkpoint = position;
              },
            });
            isComplete = await walkAccounts(deps(users, pageSize), walk).catch(() => false);
            expect(runs).toBeLessThan(2_000);
          }
          expect([...worked].sort()).toEqual(users);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('uninterrupted works on each account once, in chunks', async () => {
    const users = Array.from({ length: 333 }, (_, index) => nameOf(index));
    const chunks: (readonly string[])[] = [];
    const work = async (userIds: readonly string[]) => {
      chunks.push(userIds);
      return true;
    };
    expect(await walkAccounts(deps(users, 70), walkOf({ work }))).toBe(true);
    expect(chunks.flat().sort()).toEqual(users);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(25);
  });

  it('restarts at the checkpoint of another purpose', async () => {
    const users = Array.from({ length: 40 }, (_, index) => nameOf(index));
    let checkpoint: string | undefined;
    const onProgress = (position: string) => {
      checkpoint = position;
    };
    await walkAccounts(deps(users, 10), walkOf({ onProgress }));
    const again: string[] = [];
    const work = async (userIds: readonly string[]) => {
      again.push(...userIds);
      return true;
    };
    expect(await walkAccounts(deps(users, 10), walkOf({ checkpoint, work }))).toBe(true);
    expect(again).toEqual([]);
    await walkAccounts(deps(users, 10), walkOf({ checkpoint, work, purpose: 'another' }));
    expect(again.sort()).toEqual(users);
  });
});
