import { CfnOutput, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';

/** Refused requests that a retry or a single mistake explains. */
const FEWEST_REFUSED = 3;
/** Two runs of the hourly sync, and the events before them. */
const REFUSED_PERIOD = Duration.hours(3);

/**
 * The keys of the Stripe account: JSON `{"secretKey": "sk_…", "webhookSecrets": "whsec_…"}`, the webhook
 * secrets comma separated while one replaces the other. A new deployment has an empty `secretKey`, which
 * means no Stripe: everything else works. Its webhook secret is random and unknown, so every webhook is
 * rejected until Stripe's own secret is stored.
 */
export class StripeAccount extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: "Keys of the Stripe account whose subscriptions set users' plans",
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ secretKey: '' }),
        generateStringKey: 'webhookSecrets',
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.secret = secret;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Stripe issues these keys; an operator who rolls one there stores the new one here.',
    });
    new CfnOutput(this, 'SecretArn', {
      value: secret.secretArn,
      description: 'aws secretsmanager put-secret-value --secret-id <this>',
    });
    new RunbookAlarm(this, 'UnknownPriceAlarm', {
      summary: 'A user pays for a subscription to a price that no plan names: it grants nothing.',
      runbook:
        'The log line "stripe event" of stripe-webhook names the user and the price. If a plan is meant, add the price to it (PUT /v1/plans/{planId}), then resend the event from the Stripe dashboard or wait for the daily sync. If another product is sold, remove metadata.userId from its customer.',
      metric: serviceMetric(this, METRICS.stripe.unknownPrice),
      threshold: 0,
    });
    new RunbookAlarm(this, 'UnknownUserAlarm', {
      summary:
        'A subscription at Stripe belongs to no user: it names none, or the name is not a valid user id. Nothing was changed.',
      runbook:
        'The log line "stripe event" of stripe-webhook has the event. If a user is meant, set metadata.userId of the subscription at Stripe to their id. A payment link names no user: its client_reference_id is ignored.',
      metric: serviceMetric(this, METRICS.stripe.unknownUser),
      threshold: 0,
    });
    new RunbookAlarm(this, 'NameConflictAlarm', {
      summary:
        'A subscription at Stripe names two users. Its own metadata.userId takes precedence, then that of its customer, then the user stored before.',
      runbook:
        'The log line "stripe event" of stripe-webhook has the event. Compare metadata.userId of the subscription and of its customer, and correct the wrong one. If the subscription was moved to another user on purpose, do nothing.',
      metric: serviceMetric(this, METRICS.stripe.nameConflict),
      threshold: 0,
    });
    new RunbookAlarm(this, 'SeveralSubscriptionsAlarm', {
      summary: 'A user pays for more than one subscription to a plan.',
      runbook:
        'The log line "stripe event" of stripe-webhook names the user; GET /v1/users/{userId}/subscription returns the one that counts. Cancel and refund the other one at Stripe.',
      metric: serviceMetric(this, METRICS.stripe.severalSubscriptions),
      threshold: 0,
    });
    new RunbookAlarm(this, 'WebhookRefusedAlarm', {
      summary:
        'Requests to the webhook had no valid signature, and the sync found changes that no event reported.',
      runbook:
        "The webhook's secret was probably rolled at Stripe and not here. Compare the secret; Stripe retries for three days.",
      metric: new MathExpression({
        label: 'refused, with changes found by the sync',
        // Every internet client can post to the webhook, so the number of refused requests alone is no fault.
        expression: `IF(refused > ${FEWEST_REFUSED} AND changed > 0, refused, 0)`,
        usingMetrics: {
          refused: serviceMetric(this, METRICS.stripe.eventRefused, { period: REFUSED_PERIOD }),
          changed: serviceMetric(this, METRICS.stripe.syncChanged, { period: REFUSED_PERIOD }),
        },
        period: REFUSED_PERIOD,
      }),
      threshold: 0,
    });
    new RunbookAlarm(this, 'WebhookFailedAlarm', {
      summary: "Stripe's events could not be handled.",
      runbook:
        'Stripe retries for three days, and the hourly sync finds them too. The log of stripe-webhook has the fault.',
      metric: serviceMetric(this, METRICS.stripe.eventFailed),
      threshold: 5,
    });
    new RunbookAlarm(this, 'StripeDriftAlarm', {
      summary:
        'The daily walk found subscriptions that differed from Stripe, although their events should have arrived.',
      runbook:
        "They are corrected. Check in Stripe's dashboard whether deliveries to the webhook failed, and whether it sends all event types that docs/stripe.md lists.",
      metric: serviceMetric(this, METRICS.stripe.syncDrifted),
      threshold: 0,
    });
  }
}
