import { ENTRIES, ENV } from '../../shared/contract.ts';
import { captureLog, lambdaContext, loadHandler, setEnvironment } from './api.ts';
import { serveLocally } from './local-server.ts';
import type { TestTable } from './table.ts';

const CANARY_ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:canary';
const FIRST_KEYS_ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:first-keys';

/** The secret's initial content: every answer has to be right without Redis. */
const NO_REDIS = { url: '', token: '' };

/** The functions' Redis; `null`: there is none. */
export type RedisSetting = { readonly url: string; readonly token: string } | null;

export interface SeededApi {
  readonly table: TestTable;
  readonly log: ReturnType<typeof captureLog>;
  /** Has every scope. */
  readonly adminKey: string;
  /** Has `quota` and `read`. */
  readonly serviceKey: string;
  /** Sets the secret that Secrets Manager returns from now on. */
  setSecret(secret: string): void;
  /** Sets the Stripe keys from now on; initially none. Functions read them once a minute. */
  setStripe(keys: object): void;
  /** Gives the deployment a canary with this secret (`null`: it was deleted), or takes it away. */
  setCanary(secret: string | null | undefined): void;
  seed(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The handlers over their own table, seeded as after a deployment. One per process: its settings are the
 * process's.
 *
 * @param redis the functions' Redis
 */
export async function seedApi(table: TestTable, redis: RedisSetting = NO_REDIS): Promise<SeededApi> {
  const adminKey = 'the-first-admin-key-of-a-test';
  const serviceKey = 'the-first-service-key-of-a-test';
  let secret = JSON.stringify({ adminKey, serviceKey });
  let canary: string | null | undefined;
  let stripe = '{"secretKey":"","webhookSecrets":"nobody-knows"}';
  const secrets = await serveLocally(async (request, response) => {
    const asked = Buffer.concat(await request.toArray()).toString();
    // Accepts the start of a job and does not run it.
    if (request.url?.endsWith('/invocations')) return response.writeHead(202).end();
    if (asked.includes(CANARY_ARN) && !canary)
      return response.writeHead(400).end('{"__type":"ResourceNotFoundException"}');
    const others = asked.includes(':secret:stripe') ? stripe : JSON.stringify(redis ?? NO_REDIS);
    const ofDeployment = asked.includes(CANARY_ARN) ? canary : secret;
    const text = /:secret:(first-keys|canary)/.test(asked) ? ofDeployment : others;
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: text }));
  });
  setEnvironment(table.tableName, table.endpoint, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ENDPOINT_URL_LAMBDA: secrets.url,
    [ENV.firstKeysSecretArn]: FIRST_KEYS_ARN,
  });
  const log = captureLog();
  const seed = async () => {
    const handler = await loadHandler(ENTRIES.seed);
    const { [ENV.redisSecretArn]: redisSecretArn } = process.env;
    // The seed has no Redis secret; a deployment that reads it fails.
    delete process.env[ENV.redisSecretArn];
    try {
      await handler({}, lambdaContext(ENTRIES.seed));
    } finally {
      process.env[ENV.redisSecretArn] = redisSecretArn;
    }
  };
  await seed();
  return {
    table,
    log,
    adminKey,
    serviceKey,
    seed,
    setSecret: (text) => {
      secret = text;
    },
    setCanary: (text) => {
      canary = text;
      if (text === undefined) delete process.env[ENV.canarySecretArn];
      else process.env[ENV.canarySecretArn] = CANARY_ARN;
    },
    setStripe: (keys) => {
      stripe = JSON.stringify(keys);
    },
    stop: async () => {
      log.restore();
      await secrets.stop();
      await table.drop();
    },
  };
}
