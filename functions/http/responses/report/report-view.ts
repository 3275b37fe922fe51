import type { ServiceReport } from '../../../../shared/domain/reports/service-report.ts';

/** A report on the wire; a feature is named `type` there. */
export function reportView(report: ServiceReport) {
  const { timeZone, range, before, isComplete, activeUsers, features, plans, alerts, days } = report;
  return {
    from: range.from,
    to: range.to,
    timeZone,
    before,
    complete: isComplete,
    activeUsers,
    features: features.map(({ feature, ...figures }) => ({ type: feature, ...figures })),
    plans: plans.map((plan) => ({ ...plan, features: plan.features.map(named) })),
    alerts: alerts.map(named),
    days: days.map((day) => ({ ...day, features: day.features.map(named) })),
  };
}

function named<T extends { readonly feature: string }>({ feature, ...rest }: T) {
  return { type: feature, ...rest };
}
