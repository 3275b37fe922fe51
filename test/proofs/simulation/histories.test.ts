import { describe, expect, it } from 'vitest';
import { runParallel } from './run-parallel.ts';
import { runSeeds } from './run-seeds.ts';

/** More by `npm run test:simulation -- --seeds 100000`. */
const HISTORIES = 2_000;

/** Seeds of histories that once broke a promise, with the reason. */
const ONCE_BROKEN: Readonly<Record<string, number>> = {
  'a plan is bought by credit in a debt that a payment for another price covers': 60030592,
  'the oldest open invoice is paid, and the latest cost nothing': 50000782,
  'an edit that lowers a limit is applied by the save that cuts a period short': 50063652,
  'an expired reservation of a feature that the plan dropped is confirmed in its period': 50085263,
  'a subscription of a customer that no event led to is running beside others': 296,
  'another one of those, found only by the walk': 2_250,
  'a new period at Stripe costs nothing': 23,
  'a plan no longer names the price of a subscriber': 65,
  'a plan briefly named a price, and a user subscribed to it': 2,
  'an upgrade is not paid': 122,
  'the subscription of an applied payment governs again after a trial': 864,
  'a payment cuts a period short in which units were granted': 1081,
  'a confirmation exceeds the reservation, and nothing is left': 40,
  'a confirmation follows the expiry of its reservation': 50,
  'the confirmation of a reserved gauge restores it, under another anchor': 1558,
  'a plan was set by hand for a user with several running subscriptions': 32466,
  'a plan’s limit leaves less room than was granted': 31257,
  'a write is delivered minutes after its operation was forgotten': 44,
  'a write is delivered after a retry by a clock behind': 326,
  'an account is full at quiescence': 6033,
  'a batch of the stream fails three hundred times in a row': 7099716,
  'an account is full when the last sync replaces a plan set by hand': 9005894,
  'one of two running subscriptions changes to a price that no plan names': 7039617,
  'an edited plan is applied in the save that cuts a period short': 7067765,
  'an account is full when the last sync changes its plan': 40269,
  'a first write arrives after its call was denied by an edited plan': 1015,
  'a write that was long on its way follows a date ahead of it': 12080,
  'a plan restores an interval in the save that dropped it': 12966,
  'a plan restores an interval that an open reservation was taken from': 13588,
  'a clock behind the last writer’s opens no period that was closed': 106465,
  'a period is opened on the way, and the calendar changed': 113365,
  'a plan set by hand in a trial adds a billing cycle': 2631,
  'a yearly paid plan ends, and is paid again': 3948,
  'the first receiver of a trial has a clock behind Stripe’s': 12784,
  'a subscription governs again whose billing period was closed for another’s': 22261,
  'Stripe returns to the saved state, and a reader of the other state saves late': 314118,
  'a sync continues a walk that began before the oldest event kept': 430392,
  'a plan is set from a version read before an edit': 440444,
  'a reservation is confirmed after its period, of a removed feature': 632187,
  'the same while its period is open, and the calendar changed': 40002133,
  'an edited plan raises a limit that present subscribers have used up': 71,
  'an edited plan adds a feature for present subscribers': 504,
  'a recovery of an alert is published after the alert was raised again': 837376,
  'a counter is exhausted again after a reset in its period': 206,
  'a counter is exhausted again after its plan raised and lowered its limit': 148,
  'a gauge is full again within a day': 155,
  'a yearly plan ends, and the following month ends with the year': 853486,
  'a subscription ends when it began, by a clock behind Stripe’s': 864895,
  'an unlimited feature has counted up to 2^53 − 1': 13,
  'more than 2^53 − 1 is used of a soft limit': 250,
  'a plan is edited within a second before a rollover, and others cache the version before': 80,
  'a plan takes the odd price of the current period’s invoice, and a newer invoice follows it': 10002966,
  'a plan takes the odd price of the invoice paid before a failure': 10024065,
  'a plan is set by hand while two invoices are unpaid, and a walk reads the user': 10004428,
  'the cache denies amounts that a newer version of the plan admits': 10051546,
  'a payment opens a period in the second in which the previous one began, and a hold of that is confirmed': 10049320,
  'the same, by a subscription beside the first, and the hold has not expired': 10085943,
  'the same, by a year beside a month, and the confirmation exceeds the reservation': 10057175,
  'a plan restores an exhausted counter that an earlier plan dropped in the same period': 80079341,
  'a first save arrives after its customer was deleted, and nothing was found': 90077222,
  'one unit below a limit that JSON’s numbers just hold is not exhausted': 100095503,
  'a walk shows the newer of two ended subscriptions of a deleted customer': 110059671,
};

describe('Simulated histories', () => {
  it.each(Object.entries(ONCE_BROKEN))('keep every promise where %s', async (_, seed) => {
    expect((await runSeeds([seed])).broken).toEqual([]);
  });

  it('keep every promise, with any fault at any await', { timeout: 900_000 }, async () => {
    const { histories, broken, replies, fates } = await runParallel({
      from: 1,
      count: HISTORIES,
      threads: 2,
    });
    expect(broken).toEqual([]);
    expect(histories).toBe(HISTORIES);
    // The run is meaningful only if every outcome occurred.
    const occurred = [...Object.keys(replies), ...Object.keys(fates)];
    for (const verb of ['consume', 'reserve', 'settle', 'release', 'reset', 'set plan']) {
      for (const outcome of ['changed', 'replayed', 'unavailable', 'died'])
        expect(occurred).toContain(`${verb}: ${outcome}`);
    }
    expect(occurred).toEqual(
      expect.arrayContaining([
        'consume: denied',
        'consume: outcome_unknown',
        'consume: account_busy',
        'settle: key_reused',
        'settle: denied',
        'settle: account_busy',
        'check: checked',
        'edit plan: done',
        'answer lost',
        'dies after',
        'late',
        'conflict',
        'webhook: handled',
        'webhook: repeated',
        'webhook: unavailable',
        'webhook: died',
        'webhook: no_subscription',
        'sync: complete',
        'sync: cut short',
        'sync: died',
        'ask Stripe: failed',
        'ask bus: answered',
        'ask bus: failed',
      ]),
    );
  });
});
