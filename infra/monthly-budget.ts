import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface MonthlyBudgetProps {
  /** Costs of a month that are expected, in US dollars, of the whole account. */
  readonly limitUsd: number;
  /** Its policy lets `budgets.amazonaws.com` publish. */
  readonly topic: ITopic;
}

/** Notifies when the account's costs of a month are forecast to exceed the limit, and when they do. */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { limitUsd, topic }: MonthlyBudgetProps) {
    super(scope, id);
    const subscribers = [{ subscriptionType: 'SNS', address: topic.topicArn }];
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: limitUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: ['FORECASTED', 'ACTUAL'].map((notificationType) => ({
        notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold: 100 },
        subscribers,
      })),
    });
  }
}
