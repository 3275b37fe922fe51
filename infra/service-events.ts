import { CfnOutput } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';

/** Where the service says what happened, for rules of the product's own. Nothing in here listens to it. */
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
