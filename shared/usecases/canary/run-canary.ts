import { randomUUID } from 'node:crypto';
import type { CanaryKey, CanaryKeySecret } from '../../adapters/aws/canary-key-secret.ts';
import type { ApiAnswer, PublicApi } from '../../adapters/http/public-api.ts';
import { PROBES, ROUTES } from '../../contract.ts';

export interface RunCanaryDeps {
  readonly canaryKey: Pick<CanaryKeySecret, 'read'>;
  readonly publicApi: Pick<PublicApi, 'post'>;
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * `succeeded`: both calls were answered as they must be. `failed`: `at` names the step, `reason` the cause.
 * `too_early`: it failed while the deployment that created its key is under way.
 */
export type CanaryOutcome =
  | { readonly code: 'succeeded'; readonly checkMs: number; readonly consumeMs: number }
  | {
      readonly code: 'failed' | 'too_early';
      readonly at: 'key' | 'check' | 'consume';
      readonly reason: string;
    };

/** After which a key's rate limit, of one request a second at least, admits another. */
const KEY_LIMIT_MS = 1_100;
/** A deployment stores the key, as its last step, within this time after it generated the secret. */
const DEPLOYMENT_MS = 15 * 60_000;

/**
 * Makes a check and a consume of the canary user through the public URL, as a caller's backend does. It does
 * not retry: 429 and 503 are failures. It waits only for the rate limit of its own key, which may admit less
 * than two calls at once.
 */
export async function runCanary(deps: RunCanaryDeps): Promise<CanaryOutcome> {
  let found: CanaryKey | undefined;
  try {
    found = await deps.canaryKey.read();
  } catch (error) {
    return failure('key', reasonOf(error));
  }
  if (!found) return failure('key', 'the secret of its key does not exist or has no key');
  const outcome = await callApi(deps, found.key);
  const isTooEarly = outcome.code === 'failed' && deps.now() - found.createdAt < DEPLOYMENT_MS;
  return isTooEarly ? { ...outcome, code: 'too_early' } : outcome;
}

async function callApi(deps: RunCanaryDeps, key: string): Promise<CanaryOutcome> {
  const use = { userId: PROBES.canaryUserId, type: PROBES.features.plentiful, amount: 1 };
  const operation = { 'idempotency-key': randomUUID() };
  const checked = await attempt(deps, (api) =>
    api.post(ROUTES.checkQuota.path, key, { ...use, consistent: true }),
  );
  if (typeof checked === 'string') return failure('check', checked);
  const consumed = await attempt(deps, (api) => api.post(ROUTES.consumeQuota.path, key, use, operation));
  if (typeof consumed === 'string') return failure('consume', consumed);
  if (consumed.version <= checked.version)
    return failure('consume', `version ${consumed.version} follows ${checked.version}`);
  return { code: 'succeeded', checkMs: checked.ms, consumeMs: consumed.ms };
}

interface Allowed {
  readonly version: number;
  readonly ms: number;
}

type Call = (api: RunCanaryDeps['publicApi']) => Promise<ApiAnswer>;

/** The relevant fields of an answer that allows the call, or the reason why it is none. */
async function attempt(deps: RunCanaryDeps, call: Call): Promise<Allowed | string> {
  try {
    return allowedBy(await answerTo(deps, call));
  } catch (error) {
    return reasonOf(error);
  }
}

async function answerTo({ publicApi, sleep }: RunCanaryDeps, call: Call): Promise<ApiAnswer> {
  const first = await call(publicApi);
  if (Object(first.body).code !== 'rate_limited') return first;
  await sleep(KEY_LIMIT_MS);
  return call(publicApi);
}

function allowedBy({ status, body, ms }: ApiAnswer): Allowed | string {
  const { allowed, replayed, version, code } = Object(body);
  if (status !== 200) return `${status} ${typeof code === 'string' ? code : 'without a code'}`;
  const isRight = allowed === true && replayed === false && Number.isSafeInteger(version);
  return isRight ? { version, ms } : 'the answer does not allow the call';
}

function failure(at: 'key' | 'check' | 'consume', reason: string): CanaryOutcome {
  return { code: 'failed', at, reason };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
