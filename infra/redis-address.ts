import { CfnOutput, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * Where Redis is: JSON `{"url": "https://…upstash.io", "token": "…"}`. A deployment starts with an empty `url`, which says
 * that there is none: everything works then, checks read the table. Put Upstash's figures in to have the caches; functions
 * take them up within a minute.
 */
export class RedisAddress extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'Address of the Redis that the quota service caches in, as Upstash shows it',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ url: '' }),
        generateStringKey: 'token',
        excludePunctuation: true,
      },
    });
    this.secret = secret;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Upstash issues the token; whoever rotates it there puts the new one here.',
    });
    new CfnOutput(this, 'SecretArn', {
      value: secret.secretArn,
      description: 'aws secretsmanager put-secret-value --secret-id <this>',
    });
  }
}
