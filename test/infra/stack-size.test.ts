import { expect, test } from 'vitest';
import { ALL_ENTRIES } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, template } = await synthesize();
const count = Object.keys(template.toJSON().Resources).length;

/** CloudFormation's quota of a stack. */
const MOST_RESOURCES = 500;
/**
 * A route may bring two more: a function's permission and an integration. It brings none while its group has
 * both.
 */
const MOST_OF_A_ROUTE = 3;

test('the stack has at most 260 resources, 60 alarms and 20 functions', () => {
  expect(count).toBeGreaterThan(150);
  expect(count).toBeLessThanOrEqual(260);
  const alarms = [...resources('AWS::CloudWatch::Alarm'), ...resources('AWS::CloudWatch::CompositeAlarm')];
  expect(alarms.length).toBeLessThanOrEqual(60);
  expect(ALL_ENTRIES.length).toBeLessThanOrEqual(20);
});

test('40 more routes fit into the stack', () => {
  expect(count + 40 * MOST_OF_A_ROUTE).toBeLessThanOrEqual(MOST_RESOURCES);
});

/**
 * A changed logical id replaces the resource. A replaced secret overwrites the keys that an operator stored
 * in it; a replaced table, bucket or API loses its data or its address.
 */
test.each([
  ['AWS::DynamoDB::Table', ['DataTableFDBAD0F2']],
  ['AWS::S3::Bucket', ['LedgerSetAsideA269E2B0', 'ReportsBucket95FE29A2']],
  ['AWS::SecretsManager::Secret', ['FirstKeysSecret9656FC7B', 'RedisSecret91D665D2', 'StripeSecretB293F296']],
  ['AWS::ApiGatewayV2::Api', ['HttpApi4E1D4184']],
  ['AWS::ApiGatewayV2::Stage', ['HttpStageD1D6DBD6']],
  ['AWS::Events::EventBus', ['EventsBus45DE4339']],
  ['AWS::SNS::Topic', ['AlarmTopicsAlarms8ED5783E', 'AlarmTopicsUsage56D9DA20', 'AlertsTopicCF7C81C9']],
  ['AWS::SQS::Queue', ['SchedulesFailedRunsDBFE8B65']],
])('%s keeps its logical ids, so that an update replaces none', (type, ids) => {
  expect(
    resources(type)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(ids);
});

test('the generated secrets keep the template of their values: a changed one generates them anew', () => {
  const generated = resources('AWS::SecretsManager::Secret').map(({ id, Properties }) => [
    id,
    Properties.GenerateSecretString,
  ]);
  expect(Object.fromEntries(generated)).toEqual({
    FirstKeysSecret9656FC7B: {
      SecretStringTemplate: '{}',
      GenerateStringKey: 'adminKey',
      PasswordLength: 48,
      ExcludePunctuation: true,
    },
    RedisSecret91D665D2: {
      SecretStringTemplate: '{"url":""}',
      GenerateStringKey: 'token',
      ExcludePunctuation: true,
    },
    StripeSecretB293F296: {
      SecretStringTemplate: '{"secretKey":""}',
      GenerateStringKey: 'webhookSecrets',
      ExcludePunctuation: true,
    },
  });
});
