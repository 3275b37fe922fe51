import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CanaryKeySecret } from '../../../shared/adapters/aws/canary-key-secret.ts';
import { keepAliveAgents } from '../../../shared/adapters/http/keep-alive.ts';
import { PublicApi } from '../../../shared/adapters/http/public-api.ts';
import { ENV } from '../../../shared/contract.ts';
import { readCanaryEnv } from '../env.ts';
import { clock, once } from './core.ts';

/** The secret with the canary's key. */
export function canaryKeySecret(arn: string): CanaryKeySecret {
  return once('canaryKeySecret', () => {
    return new CanaryKeySecret(new SecretsManagerClient({ requestHandler: keepAliveAgents() }), arn);
  });
}

export function canaryDeps() {
  return once('canaryDeps', () => {
    const environment = readCanaryEnv();
    return {
      ...clock,
      canaryKey: canaryKeySecret(environment[ENV.canarySecretArn]),
      publicApi: new PublicApi(environment[ENV.apiUrl]),
    };
  });
}
