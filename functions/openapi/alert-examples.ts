import { anomalyAlert, forecastAlert, usageAlert } from '../../shared/domain/alert.ts';
import { debit } from '../../shared/domain/debit.ts';
import { DEFAULT_CATALOGUE, openAccount } from '../../shared/domain/plan.ts';
import { DEFAULT_THRESHOLDS } from '../../shared/domain/threshold.ts';
import { alertsView } from '../http/responses/alerts-view.ts';

/** Examples made by the code that makes the answers: a user's November. */

const at = (instant: string) => Date.parse(instant);
const { free } = DEFAULT_CATALOGUE;
if (!free) throw new Error('the catalogue has no plan "free"');
const opened = openAccount(
  'user-42',
  { id: 'free', version: 1, createdAt: 0, ...free },
  at('2026-11-03T09:30:00Z'),
);
const account = { ...debit(opened, new Map([['aiRequest', 80]])), version: 61 };
const [counter] = account.counters.get('aiRequest') ?? [];
if (!counter) throw new Error('the plan "free" has no aiRequest');

const anomaly = {
  date: '2026-11-20',
  span: 'day',
  value: 46,
  median: 3,
  mad: 1,
  score: 29,
  days: 17,
} as const;
const alerts = [
  anomalyAlert(account, 'aiRequest', anomaly, at('2026-11-20T15:17:04Z')),
  usageAlert(account, 'aiRequest', counter, 'warning', DEFAULT_THRESHOLDS, at('2026-11-20T15:02:11Z')),
  forecastAlert(account, 'aiRequest', counter, at('2026-11-24T02:15:00Z'), at('2026-11-20T16:17:04Z')),
];

const usedUp = { ...debit(account, new Map([['aiRequest', 20]])), version: 75 };
const [full] = usedUp.counters.get('aiRequest') ?? [];
if (!full) throw new Error('the plan "free" has no aiRequest');
const exhausted = usageAlert(
  usedUp,
  'aiRequest',
  full,
  'exhausted',
  DEFAULT_THRESHOLDS,
  at('2026-11-21T08:10:45Z'),
);
/** After a grant of 20. */
const recovery = {
  ...{ used: full.used, held: full.held, limit: 120, level: 'warning' as const },
  ...{ version: 76, at: at('2026-11-21T09:00:02Z') },
};
const PUBLISHED = { untold: new Set<never>(), claimedUntil: 0 };

export const ALERT_ANSWERS = {
  alerts: alertsView('user-42', {
    items: [
      ...alerts.map((alert) => ({ alert, ...PUBLISHED })),
      { alert: exhausted, recovery, ...PUBLISHED },
    ],
    next: undefined,
  }),
} as const;
