import { seededRandom } from '../../support/faulty-client.ts';
import { FEATURES, type QuotaOperation } from './quota-machine.ts';

export interface HistorySize {
  readonly clients: number;
  readonly callsPerClient: number;
}

/**
 * The calls of each client of one account, in order: every verb, keys shared by several clients, and
 * reservations settled by others. The same for the same seed.
 */
export function randomCalls(seed: number, { clients, callsPerClient }: HistorySize): QuotaOperation[][] {
  const random = seededRandom(seed);
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  const pick = <T>(from: readonly [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0];
  const feature = () => pick(FEATURES);
  const consume = (): QuotaOperation => ({
    verb: 'consume',
    amounts: { [feature()]: upTo(4), ...(random() < 0.3 && { [feature()]: upTo(4) }) },
  });
  // Sent by several clients, each under its own key; sometimes with another request under the same key.
  const shared: readonly [QuotaOperation, ...QuotaOperation[]] = [
    { ...consume(), verb: 'consume', amounts: { aiRequest: upTo(4) }, key: 'order-1' },
    { verb: 'consume', amounts: { upload: upTo(3), storage: upTo(3) }, key: 'order-2' },
    { verb: 'release', amount: upTo(3), key: 'order-3' },
    { verb: 'reserve', feature: feature(), amount: upTo(4), key: 'room-1' },
    { verb: 'reserve', feature: feature(), amount: upTo(4), key: 'room-2' },
  ];
  const next = (): QuotaOperation => {
    const share = random();
    if (share < 0.3) return consume();
    if (share < 0.48) return pick(shared);
    if (share < 0.5) return { verb: 'consume', amounts: { aiRequest: 5 }, key: 'order-1' };
    if (share < 0.6) return { verb: 'confirm', reservation: pick(['room-1', 'room-2']), amount: upTo(5) - 1 };
    if (share < 0.65) return { verb: 'cancel', reservation: pick(['room-1', 'room-2']) };
    if (share < 0.72) return { verb: 'release', amount: upTo(3) };
    if (share < 0.77) return { verb: 'grant', feature: feature(), amount: upTo(3) };
    if (share < 0.8) return { verb: 'reset' };
    if (share < 0.85) return { verb: 'plan', planId: pick(['free', 'team']) };
    return { verb: 'read' };
  };
  return Array.from({ length: clients }, () => Array.from({ length: callsPerClient }, next));
}

/** The same for a counter with only consume and read. */
export function randomConsumes(seed: number, { clients, callsPerClient }: HistorySize): QuotaOperation[][] {
  const random = seededRandom(seed);
  const next = (): QuotaOperation =>
    random() < 0.7
      ? { verb: 'consume', amounts: { aiRequest: 1 + Math.floor(random() * 3) } }
      : { verb: 'read' };
  return Array.from({ length: clients }, () => Array.from({ length: callsPerClient }, next));
}
