import { expect, test } from 'vitest';
import { PERMISSIONS } from '../../infra/permissions.ts';
import { ALL_ENTRIES, ENV } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize();
const secret = resources('AWS::SecretsManager::Secret').find(({ id }) => id.startsWith('Redis'));
const users = ALL_ENTRIES.filter((entry) => PERMISSIONS[entry].capabilities.includes('redis'));

test('a new deployment has no Redis and needs none', () => {
  expect(secret?.Properties.GenerateSecretString).toMatchObject({
    SecretStringTemplate: '{"url":""}',
    GenerateStringKey: 'token',
  });
});

test('only functions that cache or lock may read the address of Redis', () => {
  const readers = resources('AWS::IAM::Role').filter(({ Properties }) =>
    JSON.stringify(Properties).includes(`{"Ref":"${secret?.id}"}`),
  );
  expect(readers).toHaveLength(users.length);
  for (const entry of ALL_ENTRIES) {
    const told = functionOf(entry).Properties.Environment?.Variables[ENV.redisSecretArn];
    expect(told, entry).toEqual(users.includes(entry) ? { Ref: secret?.id } : undefined);
  }
});
