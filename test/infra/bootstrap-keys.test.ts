import { expect, test } from 'vitest';
import { ACCESS_DELAY_MS } from '../../functions/seed/when-allowed.ts';
import { ENTRIES, ENV } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf, template } = await synthesize();
const secret = resources('AWS::SecretsManager::Secret').find(({ id }) => id.startsWith('FirstKeys'));
const seed = functionOf(ENTRIES.seed);

test('the first admin key is generated in the account and is in no template', () => {
  expect(secret?.Properties).not.toHaveProperty('SecretString');
  expect(secret?.Properties.GenerateSecretString).toMatchObject({
    SecretStringTemplate: '{}',
    GenerateStringKey: 'adminKey',
  });
});

test('the key is long enough and may travel in a header', () => {
  expect(secret?.Properties.GenerateSecretString).toMatchObject({
    PasswordLength: 48,
    ExcludePunctuation: true,
  });
});

test('a changed seed runs at deployment', () => {
  const [trigger] = resources('Custom::Trigger');
  const version = resources('AWS::Lambda::Version').find(
    ({ Properties }) => Properties.FunctionName.Ref === seed.id,
  );
  expect(trigger?.Properties.HandlerArn).toEqual({ Ref: version?.id });
  expect(version).toBeDefined();
  expect(trigger?.Properties.InvocationType).toBe('RequestResponse');
});

test('the seed, which protects the table, runs after everything that could make a first deployment fail', () => {
  const [trigger] = resources('Custom::Trigger');
  const [version] = resources('AWS::Lambda::Version');
  const own = [trigger?.id, version?.id];
  const all: Record<string, { Type: string }> = template.toJSON().Resources;
  const others = Object.keys(all).filter((id) => !own.includes(id) && !id.startsWith('FirstKeysSeed'));
  expect(others.filter((id) => !trigger?.DependsOn.includes(id))).toEqual([]);
});

test('the seed may protect the table, and change no other', () => {
  const [table] = resources('AWS::DynamoDB::Table');
  const changers = resources('AWS::IAM::Role').filter(({ Properties }) =>
    JSON.stringify(Properties).includes('dynamodb:UpdateTable'),
  );
  expect(changers.map(({ id }) => id)).toEqual([seed.Properties.Role['Fn::GetAtt'][0]]);
  const [{ PolicyDocument }] = changers[0]?.Properties.Policies ?? [];
  expect(PolicyDocument.Statement).toContainEqual({
    Effect: 'Allow',
    Action: ['dynamodb:DescribeTable', 'dynamodb:UpdateTable'],
    Resource: { 'Fn::GetAtt': [table?.id, 'Arn'] },
  });
});

test('the seed has time to wait for a new role, and the deployment waits for the seed', () => {
  const [trigger] = resources('Custom::Trigger');
  const waitMs = seed.Properties.Timeout * 1_000;
  expect(waitMs).toBeGreaterThan(ACCESS_DELAY_MS + 10_000);
  expect(Number(trigger?.Properties.Timeout)).toBeGreaterThan(waitMs);
});

test('only the seed may read the secret', () => {
  const readers = resources('AWS::IAM::Role').filter(({ Properties }) =>
    JSON.stringify(Properties).includes(`{"Ref":"${secret?.id}"}`),
  );
  expect(readers.map(({ id }) => id)).toEqual([seed.Properties.Role['Fn::GetAtt'][0]]);
  const told = resources('AWS::Lambda::Function').filter(
    ({ Properties }) => Properties.Environment?.Variables[ENV.firstKeysSecretArn] !== undefined,
  );
  expect(told.map(({ id }) => id)).toEqual([seed.id]);
});

test('the deployment outputs the ARN of the key', () => {
  template.hasOutput('FirstKeysSecretArn', { Value: { Ref: secret?.id } });
});
