import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { QuotaFunction } from './quota-function.ts';

export interface SchedulerRoleProps {
  /** Entry of the function, without `.ts`. */
  readonly entry: string;
  readonly handler: QuotaFunction;
  /** What else it may do. */
  readonly statements?: readonly PolicyStatement[];
}

/** Creates the role with which EventBridge Scheduler starts one function. */
export function schedulerRole(
  scope: Construct,
  id: string,
  { entry, handler, statements = [] }: SchedulerRoleProps,
): Role {
  const mayInvoke = new PolicyStatement({
    actions: ['lambda:InvokeFunction'],
    resources: [handler.functionArn],
  });
  return new Role(scope, id, {
    description: `Starts functions/${entry}.ts`,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    inlinePolicies: { OwnWork: new PolicyDocument({ statements: [mayInvoke, ...statements] }) },
  });
}
