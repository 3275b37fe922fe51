import { setTimeout as sleep } from 'node:timers/promises';

/** One call and its answer, as its caller received it. */
export interface AnsweredCall {
  readonly userId: string;
  /** Epoch ms. */
  readonly sentAt: number;
  readonly tookMs: number;
  /** `undefined`: no answer. */
  readonly status: number | undefined;
  /** The code of a problem. */
  readonly code: string | undefined;
  readonly retryAfter: string | undefined;
}

export interface SteadyCallersOptions {
  readonly url: string;
  readonly key: string;
  readonly callsPerSecond: number;
  /** They alternate. */
  readonly userIds: readonly string[];
}

export interface SteadyCallers {
  /** Every answered call so far. */
  readonly calls: readonly AnsweredCall[];
  /** Stops sending; resolves when every call is answered. */
  stop(): Promise<void>;
}

/** Callers that consume one unit after the other at a fixed rate, whatever the answers, without retries. */
export function startSteadyCallers(options: SteadyCallersOptions): SteadyCallers {
  const { callsPerSecond, userIds } = options;
  const calls: AnsweredCall[] = [];
  const inFlight = new Set<Promise<void>>();
  const stopping = new AbortController();
  const run = async () => {
    const startedAt = Date.now();
    for (let sent = 0; !stopping.signal.aborted; sent += 1) {
      const userId = userIds[sent % userIds.length] ?? '';
      const call = consumeOnce(options, userId).then((answered) => {
        calls.push(answered);
        inFlight.delete(call);
      });
      inFlight.add(call);
      // By the clock, not by pauses: a busy machine must not lower the rate.
      const waitMs = startedAt + ((sent + 1) * 1_000) / callsPerSecond - Date.now();
      await sleep(Math.max(0, waitMs), undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    calls,
    async stop() {
      stopping.abort();
      await running;
      await Promise.all(inFlight);
    },
  };
}

/** Consumes one unit, and waits for the answer without a timeout. */
export async function consumeOnce(
  { url, key }: Pick<SteadyCallersOptions, 'url' | 'key'>,
  userId: string,
): Promise<AnsweredCall> {
  const sentAt = Date.now();
  try {
    const response = await fetch(`${url}/v1/quota/consume`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ userId, type: 'aiRequest' }),
    });
    const { code } = Object(await response.json());
    const { status, headers } = response;
    const retryAfter = headers.get('retry-after') ?? undefined;
    return { userId, sentAt, tookMs: Date.now() - sentAt, status, code, retryAfter };
  } catch {
    const nothing = { status: undefined, code: undefined, retryAfter: undefined };
    return { userId, sentAt, tookMs: Date.now() - sentAt, ...nothing };
  }
}
