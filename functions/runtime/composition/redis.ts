import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { keepAliveAgents } from '../../../shared/adapters/http/keep-alive.ts';
import { RedisFromSecret, type RedisPatience } from '../../../shared/adapters/redis/redis-from-secret.ts';
import { ENV } from '../../../shared/contract.ts';
import { readRedisEnv } from '../env.ts';

/**
 * The part of the composition root that knows Redis: a chunk of its own in every bundle, imported by
 * `core.ts` when it is needed.
 */
export function redisFromSecret(patience?: RedisPatience): RedisFromSecret {
  return new RedisFromSecret(
    new SecretsManagerClient({ requestHandler: keepAliveAgents() }),
    readRedisEnv()[ENV.redisSecretArn],
    patience,
  );
}
