import type { PlantedBug } from '../planted-bug.ts';

const unit = (named: string) => ({ project: 'unit', test: 'test/unit/domain/hold.test.ts', named }) as const;
const late = (named: string) =>
  ({ project: 'integration', test: 'test/integration/late-confirmations.test.ts', named }) as const;

/** Bugs of late confirmations: lost, booked twice, or over the limit unreported. */
export const CONFIRM_BUGS: readonly PlantedBug[] = [
  {
    name: 'a confirmation does not record its overdraft',
    file: 'shared/domain/hold.ts',
    edits: [{ find: 'denies?.enforced && amount > covered', replace: 'denies?.enforced && amount < 0' }],
    ...unit('settles with a true amount above the limit'),
  },
  {
    name: 'an unenforced counter is overdrawn',
    file: 'shared/domain/hold.ts',
    edits: [{ find: 'denies?.enforced && amount > covered', replace: 'amount > covered' }],
    ...unit('of an unenforced counter is never overdrawn'),
  },
  {
    name: 'units used by others count as room',
    file: 'shared/domain/hold.ts',
    edits: [{ find: 'Math.max(0, counter?.remaining ?? 0)', replace: 'Math.max(0, counter?.limit ?? 0)' }],
    ...unit('is booked on top'),
  },
  {
    name: 'an expired reservation returns its units a second time',
    file: 'shared/domain/hold.ts',
    edits: [
      { find: 'isHeld ? (hold.amounts.get(feature) ?? 0) : 0', replace: 'hold.amounts.get(feature) ?? 0' },
    ],
    ...unit('does not change other holds'),
  },
  {
    name: 'units of an expired reservation count as still reserved',
    file: 'shared/domain/hold.ts',
    edits: [{ find: 'const isReserved = isHeld ||', replace: 'const isReserved = true ||' }],
    ...unit('is booked on top'),
  },
  {
    name: 'units confirmed of a removed feature are counted nowhere',
    file: 'shared/domain/hold.ts',
    edits: [{ find: 'if (back.length > 0) counters.set(feature, back);', replace: '' }],
    ...unit('of a feature that left the plan restores'),
  },
  {
    name: 'a period is identified by its end alone',
    file: 'shared/domain/hold.ts',
    edits: [{ find: 'endOf(period, present, isClosed)', replace: 'period.periodEnd' }],
    ...unit('finds its period by the start'),
  },
  {
    name: 'a paid period with the same start counts as the previous one',
    file: 'shared/domain/hold.ts',
    edits: [
      {
        find: 'const isClosed = isOpenedAnew(',
        replace: 'const isClosed = isOpenedAnew === undefined && isOpenedAnew(',
      },
    ],
    ...unit('is late where a payment has opened'),
  },
  {
    name: 'the version before an opening by a payment is not saved',
    file: 'shared/adapters/dynamodb/account-codec.ts',
    edits: [{ find: '...(openedAfter !== undefined && { [PAY', replace: '...(openedAfter === -1 && { [PAY' }],
    ...late('where a payment opened the next one'),
  },
  {
    name: 'a confirmation after the expiry is refused',
    file: 'shared/usecases/quota/settle-reservation.ts',
    edits: [{ find: 'expiresAt + CONFIRM_GRACE_MS', replace: 'expiresAt' }],
    ...late('after its units were used by others'),
  },
  {
    name: 'a reservation may be confirmed forever',
    file: 'shared/usecases/quota/settle-reservation.ts',
    edits: [{ find: 'if (now >= settleableUntil)', replace: 'if (now < 0)' }],
    ...late('until a day after its expiry'),
  },
  {
    name: 'a reservation that the ledger has not reached is unknown',
    file: 'shared/usecases/quota/find-expired-hold.ts',
    edits: [{ find: '!record && !saved?.operations.has(reservationId)', replace: '!record' }],
    ...late('while the ledger has not reached it'),
  },
  {
    name: 'a reservation under a minted id has no record',
    file: 'shared/adapters/dynamodb/ledger-store.ts',
    edits: [{ find: "return keyed || kind === 'reserve';", replace: 'return keyed;' }],
    ...late('under a minted id as under a key'),
  },
  {
    name: 'a reservation under a minted id is forgotten before its record is written',
    file: 'shared/domain/next-version.ts',
    edits: [{ find: "change.keyed || change.kind === 'reserve'", replace: 'change.keyed' }],
    project: 'unit',
    test: 'test/unit/domain/next-version.test.ts',
    named: 'remembers a reservation until',
  },
  {
    name: 'any operation counts as a reservation',
    file: 'shared/usecases/quota/find-expired-hold.ts',
    edits: [
      {
        find: 'entry.reservation && { amounts: entry.amounts, madeBy: entry.version, ...entry.reservation }',
        replace: '{ amounts: entry.amounts, expiresAt: entry.at, periods: [], ...entry.reservation }',
      },
    ],
    ...late('never without a reservation'),
  },
  {
    name: 'a reservation that was released may be confirmed',
    file: 'shared/usecases/quota/settle-reservation.ts',
    edits: [{ find: 'id: `settle_${reservationId}`', replace: 'id: `${kind}_${reservationId}`' }],
    ...late('not after it was released'),
  },
  {
    name: 'a late confirmation misses a restored gauge',
    file: 'shared/domain/hold.ts',
    edits: [{ find: "  if (interval === 'never') return periodEnd;\n", replace: '  void interval;\n' }],
    ...unit('of a gauge is never late'),
  },
];
