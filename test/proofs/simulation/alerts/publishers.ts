import type { ServiceEvent } from '../../../../shared/adapters/aws/event-publisher.ts';
import { type Network, request } from '../network.ts';
import type { Node, NodeDeps } from '../node.ts';

/** The receivers: rules of the bus, subscribers of the topic. */
export interface Listeners {
  readonly onPublished: (event: ServiceEvent) => void;
  /** `detail` has the content of the event. */
  readonly onMessage: (detail: object) => void;
}

const TIMEOUT_MS = 1_000;

/** A node's publishers: any call may fail, arrive without its answer, and drop some of its entries. */
export function publishersOf(
  network: Network,
  node: Node,
  { onPublished, onMessage }: Listeners,
): Pick<NodeDeps, 'events' | 'notices'> {
  const publish = async <T>(channel: string, items: readonly T[], receive: (item: T) => void) => {
    if (items.length === 0) return [];
    const { chance, group } = node.task;
    const share = network.spared.has(group) ? 0 : network.faultProfile().faults;
    const isTaken = items.map(() => !chance.happens(share));
    const perform = () => {
      items.forEach((item, index) => {
        if (isTaken[index]) receive(item);
      });
    };
    const name = `publish ${items.length} ${channel}`;
    return request(network, node, { to: 'bus', name, timeoutMs: TIMEOUT_MS, perform }).then(
      () => isTaken,
      () => items.map(() => false),
    );
  };
  return {
    events: { publishAll: (events) => publish('events', events, onPublished) },
    notices: { publishAll: (notices) => publish('notices', notices, ({ detail }) => onMessage(detail)) },
  };
}
