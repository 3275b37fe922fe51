import type { ServiceEvent } from '../../../../shared/adapters/aws/event-publisher.ts';
import { type Network, request } from '../network.ts';
import type { Node, NodeDeps } from '../node.ts';

/** The receivers: rules of the bus, subscribers of the topic. */
export interface Listeners {
  readonly heard: (event: ServiceEvent) => void;
  /** `detail` has the content of the event. */
  readonly noticed: (detail: object) => void;
}

const TIMEOUT_MS = 1_000;

/** A node's publishers: any call may fail, arrive without its answer, and drop some of its entries. */
export function publishersOf(
  network: Network,
  node: Node,
  { heard, noticed }: Listeners,
): Pick<NodeDeps, 'events' | 'notices'> {
  const publish = async <T>(what: string, items: readonly T[], hear: (item: T) => void) => {
    if (items.length === 0) return [];
    const { chance, group } = node.task;
    const share = network.spared.has(group) ? 0 : network.weather().faults;
    const isTaken = items.map(() => !chance.happens(share));
    const perform = () => {
      items.forEach((item, index) => {
        if (isTaken[index]) hear(item);
      });
    };
    const name = `tell ${items.length} ${what}`;
    return request(network, node, { to: 'bus', name, timeoutMs: TIMEOUT_MS, perform }).then(
      () => isTaken,
      () => items.map(() => false),
    );
  };
  return {
    events: { publishAll: (events) => publish('events', events, heard) },
    notices: { publishAll: (notices) => publish('notices', notices, ({ detail }) => noticed(detail)) },
  };
}
