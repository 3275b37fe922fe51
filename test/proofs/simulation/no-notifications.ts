import type { NodeDeps } from './node.ts';

/** Without receivers: alerts and events affect no decision. */
export const NO_NOTIFICATIONS: Pick<NodeDeps, 'alerts' | 'outbox' | 'events' | 'notices'> = {
  alerts: {
    raise: async () => ({ code: 'unchanged', record: undefined }),
    recover: async () => ({ code: 'unchanged', record: undefined }),
    read: async () => undefined,
    claim: async () => false,
    markPublished: async () => {},
  },
  outbox: { keep: async () => {}, read: async () => undefined, drop: async () => {} },
  events: { publishAll: async (events) => events.map(() => true) },
  notices: { publishAll: async (notices) => notices.map(() => true) },
};
