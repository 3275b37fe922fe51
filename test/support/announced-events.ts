import { startAwsEndpoint } from '../../infra/local/aws/aws-endpoint.ts';
import { CapturedMessages } from '../../infra/local/aws/captured-messages.ts';
import { eventBusService } from '../../infra/local/aws/event-bus.ts';

/** A local event bus for the functions of this process, until it is stopped. */
export interface AnnouncedEvents {
  /** A line per event: its type and content. */
  readonly lines: string[];
  stop(): Promise<void>;
}

export async function announceEvents(): Promise<AnnouncedEvents> {
  const lines: string[] = [];
  const declared = {
    logicalId: 'Bus',
    type: 'AWS::Events::EventBus',
    properties: {},
    ref: 'events',
    arn: 'arn:b',
  };
  const AWSEvents = eventBusService(
    { resources: [declared], bundleFolder: () => '' },
    new CapturedMessages((line) => lines.push(line)),
  );
  const endpoint = await startAwsEndpoint(
    { AWSEvents },
    async () => undefined,
    () => {},
  );
  process.env.AWS_ENDPOINT_URL_EVENTBRIDGE = endpoint.url;
  return {
    lines,
    stop() {
      delete process.env.AWS_ENDPOINT_URL_EVENTBRIDGE;
      return endpoint.stop();
    },
  };
}
