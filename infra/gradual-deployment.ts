import { Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type ILambdaDeploymentConfig,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from 'aws-cdk-lib/aws-codedeploy';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { DeploymentSteps } from './settings.ts';

export interface GradualDeploymentProps {
  readonly alias: Alias;
  readonly steps: Exclude<DeploymentSteps, 'none'>;
  /** Each of them, in the state ALARM while traffic moves, returns all calls to the version before. */
  readonly alarms: readonly Alarm[];
}

/**
 * Moves the calls of an alias to a new version in steps. An alarm meanwhile moves them back and fails the
 * update of the stack, which rolls back everything else.
 */
export class GradualDeployment extends Construct {
  constructor(scope: Construct, id: string, { alias, steps, alarms }: GradualDeploymentProps) {
    super(scope, id);
    const group = new LambdaDeploymentGroup(this, 'Group', {
      alias,
      deploymentConfig: CONFIGURATIONS[steps],
      alarms: [...alarms],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
    Validations.of(group).acknowledge({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${POLICY}]`,
      reason: "CodeDeploy's own policy for Lambda, which follows what CodeDeploy calls.",
    });
  }
}

/** The policy that the CDK gives CodeDeploy for functions. */
const POLICY = 'service-role/AWSCodeDeployRoleForLambdaLimited';

const CONFIGURATIONS: Readonly<Record<GradualDeploymentProps['steps'], ILambdaDeploymentConfig>> = {
  canary10Percent5Minutes: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  canary10Percent15Minutes: LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
  canary10Percent30Minutes: LambdaDeploymentConfig.CANARY_10PERCENT_30MINUTES,
  linear10PercentEvery1Minute: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  linear10PercentEvery3Minutes: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_3MINUTES,
};
