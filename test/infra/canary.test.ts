import { describe, expect, test } from 'vitest';
import { ENTRIES, ENV } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf, template } = await synthesize();
const without = await synthesize({ canary: false });
const canary = functionOf(ENTRIES.canary);
const secret = resources('AWS::SecretsManager::Secret').find(({ id }) => id.startsWith('Canary'));

test('the canary runs every five minutes, and a missed run is not made up for', () => {
  const [schedule, ...others] = resources('AWS::Scheduler::Schedule').filter(({ id }) =>
    id.startsWith('Canary'),
  );
  expect(others).toEqual([]);
  expect(schedule?.Properties).toMatchObject({
    Name: 'QuotaService-canary',
    ScheduleExpression: 'rate(5 minutes)',
    State: 'ENABLED',
    Target: { Arn: { 'Fn::GetAtt': [canary.id, 'Arn'] }, RetryPolicy: { MaximumRetryAttempts: 0 } },
  });
  const config = resources('AWS::Lambda::EventInvokeConfig').find(
    ({ Properties }) => Properties.FunctionName.Ref === canary.id,
  );
  expect(config?.Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
});

test('it calls the public URL of the API', () => {
  const [api] = resources('AWS::ApiGatewayV2::Api');
  const url = JSON.stringify(canary.Properties.Environment.Variables[ENV.apiUrl]);
  expect(url).toContain(`"https://",{"Ref":"${api?.id}"},".execute-api."`);
  template.hasOutput('ApiUrl', { Value: canary.Properties.Environment.Variables[ENV.apiUrl] });
});

test('its key is generated in the account; the seed stores it, and nothing else reads it', () => {
  expect(secret?.Properties).not.toHaveProperty('SecretString');
  expect(secret?.Properties.GenerateSecretString).toMatchObject({
    GenerateStringKey: 'canaryKey',
    PasswordLength: 48,
    ExcludePunctuation: true,
  });
  const knowing = resources('AWS::Lambda::Function').filter(
    ({ Properties }) => Properties.Environment?.Variables[ENV.canarySecretArn] !== undefined,
  );
  expect(knowing.map(({ id }) => id).sort()).toEqual([canary.id, functionOf(ENTRIES.seed).id].sort());
});

test('it ends before its next run, and after its calls', () => {
  expect(canary.Properties.Timeout).toBeGreaterThan(2 * 8);
  expect(canary.Properties.Timeout).toBeLessThan(60);
});

describe('without the canary', () => {
  test('nothing of it is left', () => {
    const ids = Object.keys(without.template.toJSON().Resources);
    expect(ids.filter((id) => /canary/i.test(id))).toEqual([]);
    expect(JSON.stringify(without.template.toJSON())).not.toMatch(/canary\/handler|-canary"|canaryKey/);
    const { Variables } = without.functionOf(ENTRIES.seed).Properties.Environment;
    expect(Variables).not.toHaveProperty(ENV.canarySecretArn);
  });

  test('callers still have their alarm', () => {
    const [composite] = without.resources('AWS::CloudWatch::CompositeAlarm');
    expect(JSON.stringify(composite?.Properties.AlarmRule)).toContain('HttpServerErrorAlarm');
  });
});
