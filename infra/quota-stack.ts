import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { AlarmTopics } from './alarm-topics.ts';
import { AlertTopic } from './alert-topic.ts';
import { BootstrapKeys } from './bootstrap-keys.ts';
import { alarmOnAffectedCallers } from './callers-affected-alarm.ts';
import { Canary } from './canary.ts';
import { Dashboard } from './dashboard.ts';
import { DataTable } from './data-table.ts';
import { alarmOnFirstAdminKey } from './first-admin-key-alarm.ts';
import { alarmOnThrottles } from './function-alarms.ts';
import type { FunctionContext } from './function-context.ts';
import { HistoryArchive } from './history-archive.ts';
import { QuotaHttpApi } from './http-api.ts';
import { LedgerStream } from './ledger-stream.ts';
import { MonthlyBudget } from './monthly-budget.ts';
import { RedisSecret } from './redis-secret.ts';
import { ReportBucket } from './report-bucket.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { Schedules } from './schedules.ts';
import { ServiceEvents } from './service-events.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import { StripeAccount } from './stripe-account.ts';
import { alarmOnHighUsage } from './usage-alarm.ts';

export interface QuotaStackProps extends StackProps, Settings {
  /** Folder with `<entry>/index.mjs` for every entry, as `bundleFunctions` writes it. */
  readonly bundleDirectory: string;
}

/** The whole service. It composes the constructs, which own the resources. */
export class QuotaStack extends Stack {
  constructor(scope: Construct, id: string, props: QuotaStackProps) {
    const settings = { ...DEFAULT_SETTINGS, ...props };
    super(scope, id, { ...settings, tags: { service: 'quota', stage: settings.stage, ...settings.tags } });

    const { table, throttledAlarm } = new DataTable(this, 'Data', settings);
    const { secret: redisSecret } = new RedisSecret(this, 'Redis');
    const { secret: stripeSecret } = new StripeAccount(this, 'Stripe');
    const { bus: eventBus } = new ServiceEvents(this, 'Events');
    const { topic: alertTopic } = new AlertTopic(this, 'Alerts', settings);
    const { bucket: reportBucket } = new ReportBucket(this, 'Reports');
    const { ledgerRetentionDays, usageRetentionDays } = settings;
    const isArchived = ledgerRetentionDays !== undefined || usageRetentionDays !== undefined;
    const context: FunctionContext = {
      ...settings,
      table,
      redisSecret,
      stripeSecret,
      eventBus,
      alertTopic,
      reportBucket,
      ...(isArchived && { archiveBucket: new HistoryArchive(this, 'Archive').bucket }),
    };
    const { functions: jobs } = new Schedules(this, 'Schedules', { context });
    const api = new QuotaHttpApi(this, 'Http', { ...settings, context: { ...context, jobs } });
    new LedgerStream(this, 'Ledger', { context });
    const canary = settings.canary ? new Canary(this, 'Canary', { context, url: api.url }) : undefined;
    const bootstrapKeys = new BootstrapKeys(this, 'FirstKeys', {
      context: { ...context, jobs },
      canarySecret: canary?.secret,
    });

    alarmOnHighUsage(this);
    alarmOnFirstAdminKey(this);
    const throttles = alarmOnThrottles(this);
    const callersAffected = alarmOnAffectedCallers(this, [
      ...api.callersAlarms,
      throttledAlarm,
      throttles,
      ...(canary ? [canary.alarm] : []),
    ]);
    const topics = new AlarmTopics(this, 'AlarmTopics', settings);
    this.notify(topics);
    callersAffected.addAlarmAction(new SnsAction(topics.operator));
    new Dashboard(this, 'Dashboard', { table, alarms: [callersAffected, ...this.alarms] });
    const { monthlyBudgetUsd } = settings;
    if (monthlyBudgetUsd !== undefined)
      new MonthlyBudget(this, 'Budget', { limitUsd: monthlyBudgetUsd, topic: topics.operator });
    bootstrapKeys.runAfter(this.node.children.filter((child) => child !== bootstrapKeys));
    new CfnOutput(this, 'ApiUrl', { value: api.url });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'FirstKeysSecretArn', {
      value: bootstrapKeys.secret.secretArn,
      description: 'aws secretsmanager get-secret-value --secret-id <this>',
    });
  }

  /** Applied here and not in each construct, so that no alarm is missed. */
  private notify({ operator, product }: AlarmTopics): void {
    const actions = { operator: new SnsAction(operator), product: new SnsAction(product) };
    for (const alarm of this.alarms) alarm.notify(actions[alarm.audience]);
  }

  private get alarms(): RunbookAlarm[] {
    return this.node.findAll().filter((construct) => construct instanceof RunbookAlarm);
  }
}
