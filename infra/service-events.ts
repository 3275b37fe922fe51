import { CfnOutput } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';

/** The bus of the service's events, for rules of the product. The service itself has no rule on it. */
export class ServiceEvents extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      description: 'Events of the quota service, such as subscription.changed',
    });
    new CfnOutput(this, 'BusName', { value: this.bus.eventBusName });
  }
}
