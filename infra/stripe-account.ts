import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';

/**
 * How the service reaches its Stripe account: JSON `{"secretKey": "sk_…", "webhookSecrets": "whsec_…"}`, the webhook's
 * secrets comma separated while one replaces the other. A deployment starts with an empty `secretKey`, which says that
 * there is no Stripe: everything else works then. The first webhook secret is a random one that nobody knows, so nothing
 * that comes in is believed before Stripe's own is put there.
 */
export class StripeAccount extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'Keys of the Stripe account whose subscriptions decide who is on which plan',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ secretKey: '' }),
        generateStringKey: 'webhookSecrets',
        excludePunctuation: true,
      },
    });
    this.secret = secret;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Stripe issues these keys; whoever rolls one there puts the new one here.',
    });
    new CfnOutput(this, 'SecretArn', {
      value: secret.secretArn,
      description: 'aws secretsmanager put-secret-value --secret-id <this>',
    });
    new RunbookAlarm(this, 'UnknownPriceAlarm', {
      says: 'A user pays for a subscription to a price that no plan names: it grants nothing.',
      runbook:
        'If a plan is meant, the log line "stripe event" of stripe/webhook names the user and the price: put the price into its plan (PUT /v1/plans/{planId}), then send the event again from the Stripe dashboard or wait for the daily sync. If something else is sold, mark its customer without metadata.userId.',
      metric: serviceMetric(METRICS.stripe.unknownPrice),
      threshold: 0,
    });
    new RunbookAlarm(this, 'UnknownUserAlarm', {
      says: 'A subscription at Stripe belongs to no user: nothing names one, or the name is no user id. Nothing was changed.',
      runbook:
        'The log line "stripe event" of stripe/webhook has the event. If a user is meant, set metadata.userId of the subscription at Stripe to their id. A payment link names no user, whatever its client_reference_id says.',
      metric: serviceMetric(METRICS.stripe.unknownUser),
      threshold: 0,
    });
    new RunbookAlarm(this, 'NameConflictAlarm', {
      says: 'A subscription at Stripe has two names: its own metadata.userId counts, then that of its customer, then the user noted before.',
      runbook:
        'The log line "stripe event" of stripe/webhook has the event. Compare metadata.userId of the subscription and of its customer, and correct the wrong one; after a subscription was moved to another user on purpose, there is nothing to do.',
      metric: serviceMetric(METRICS.stripe.nameConflict),
      threshold: 0,
    });
    new RunbookAlarm(this, 'SeveralSubscriptionsAlarm', {
      says: 'A user pays for more than one subscription to a plan.',
      runbook:
        'The log line "stripe event" of stripe/webhook names the user; GET /v1/users/{userId}/subscription says which one counts. Cancel and refund the other one at Stripe.',
      metric: serviceMetric(METRICS.stripe.severalSubscriptions),
      threshold: 0,
    });
    new RunbookAlarm(this, 'WebhookRefusedAlarm', {
      says: "What comes in as Stripe's webhook has no valid signature.",
      runbook:
        "Either the webhook's secret was rolled at Stripe and not here, or a stranger tries. Compare the secret; Stripe sends everything again for three days.",
      metric: serviceMetric(METRICS.stripe.eventRefused, { period: Duration.hours(1) }),
      threshold: 3,
    });
    new RunbookAlarm(this, 'WebhookFailedAlarm', {
      says: "Stripe's events could not be acted on.",
      runbook:
        'Stripe sends them again for three days, and the hourly sync finds them too. The log of stripe/webhook has the fault.',
      metric: serviceMetric(METRICS.stripe.eventFailed),
      threshold: 5,
    });
    new RunbookAlarm(this, 'StripeDriftAlarm', {
      says: 'The daily walk found subscriptions that were not as Stripe says, although their events should have come.',
      runbook:
        "They are mended. Look in Stripe's dashboard whether the webhook's deliveries failed, and whether it sends all events that docs/stripe.md names.",
      metric: serviceMetric(METRICS.stripe.syncDrifted),
      threshold: 0,
    });
  }
}
