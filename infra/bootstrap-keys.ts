import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct, type IConstruct } from 'constructs';
import { ENTRIES, ENV, OPTIONAL_JOBS } from '../shared/contract.ts';
import type { FunctionContext } from './function-context.ts';
import { QuotaFunction } from './quota-function.ts';

export interface BootstrapKeysProps {
  readonly context: FunctionContext;
  /**
   * The secret with the canary's key, which is stored too.
   * @default - no canary: the key of an earlier deployment is revoked
   */
  readonly canarySecret?: Secret | undefined;
}

/**
 * The first admin key, generated at deployment, and the function that completes every deployment: it stores
 * the key's hash and the default plans, so that a new deployment works without a manual step, and protects
 * the table.
 */
export class BootstrapKeys extends Construct {
  /** JSON `{"adminKey": "..."}`. */
  readonly secret: Secret;
  private readonly trigger: Trigger;

  constructor(scope: Construct, id: string, props: BootstrapKeysProps) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'First admin key of the quota service',
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'adminKey',
        passwordLength: 48,
        // The key travels in an HTTP header.
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'This key creates the first other keys and is then revoked; a rotation would create admin keys that the operator did not ask for.',
    });
    const { canarySecret } = props;
    const secretArns = [secret, ...(canarySecret ? [canarySecret] : [])].map(({ secretArn }) => secretArn);
    const seed = new QuotaFunction(this, 'Seed', {
      context: props.context,
      entry: ENTRIES.seed,
      // A minute for a new role's access to take effect, and time for the work.
      timeout: Duration.seconds(80),
      runsSeldom: true,
      environment: {
        [ENV.firstKeysSecretArn]: secret.secretArn,
        ...(canarySecret && { [ENV.canarySecretArn]: canarySecret.secretArn }),
        [ENV.optionalJobs]: OPTIONAL_JOBS.filter((job) => props.context.jobs?.[job]).join(','),
      },
      statements: [
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secretArns }),
        new PolicyStatement({
          actions: ['dynamodb:DescribeTable', 'dynamodb:UpdateTable'],
          resources: [props.context.table.tableArn],
        }),
      ],
    });
    // Runs when the seed's code or configuration has changed; its failure fails the deployment.
    this.trigger = new Trigger(this, 'AfterDeployment', {
      handler: seed,
      timeout: Duration.minutes(2),
      executeAfter: [secret],
    });
    this.secret = secret;
  }

  /**
   * Makes the seed the last step of a deployment. It protects the table against deletion: whatever could
   * still fail a first deployment must come before, or its rollback cannot delete the table.
   */
  runAfter(others: readonly IConstruct[]): void {
    this.trigger.executeAfter(...others);
  }
}
