import { CfnOutput, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

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
  }
}
