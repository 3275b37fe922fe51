import { expect, test } from 'vitest';
import { PERMISSIONS } from '../../infra/permissions.ts';
import { ALL_ENTRIES, ENV, type Entry } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize({ allowedOrigins: ['https://app.example.com'] });
const secret = resources('AWS::SecretsManager::Secret').find(({ id }) => id.startsWith('Stripe'));
const [bus, ...otherBuses] = resources('AWS::Events::EventBus');
const variablesOf = (entry: Entry) => functionOf(entry).Properties.Environment.Variables;
const rolesThat = (text: string) =>
  resources('AWS::IAM::Role').filter(({ Properties }) => JSON.stringify(Properties).includes(text));

test('a new deployment has no Stripe and accepts no webhook', () => {
  expect(secret?.Properties.GenerateSecretString).toMatchObject({
    SecretStringTemplate: '{"secretKey":""}',
    GenerateStringKey: 'webhookSecrets',
  });
});

test('only functions that talk to Stripe may read its keys', () => {
  const users = ALL_ENTRIES.filter((entry) => PERMISSIONS[entry].capabilities.includes('stripe'));
  expect(rolesThat(`{"Ref":"${secret?.id}"}`)).toHaveLength(users.length);
  for (const entry of ALL_ENTRIES) {
    const told = users.includes(entry);
    expect(variablesOf(entry)[ENV.stripeSecretArn], entry).toEqual(told ? { Ref: secret?.id } : undefined);
    expect(variablesOf(entry)[ENV.allowedOrigins], entry).toBe(told ? 'https://app.example.com' : undefined);
    if (told) expect(functionOf(entry).Properties.Timeout, entry).toBeGreaterThanOrEqual(20);
  }
});

test('only functions with events may publish, on the one bus of the service', () => {
  const speakers = ALL_ENTRIES.filter((entry) => PERMISSIONS[entry].capabilities.includes('events'));
  expect(otherBuses).toEqual([]);
  expect(rolesThat('events:PutEvents')).toHaveLength(speakers.length);
  for (const entry of ALL_ENTRIES) {
    const told = speakers.includes(entry) ? { Ref: bus?.id } : undefined;
    expect(variablesOf(entry)[ENV.eventBusName], entry).toEqual(told);
  }
});

test('the function that changes units may not reach Stripe', () => {
  expect(PERMISSIONS['quota/handler'].capabilities).not.toContain('stripe');
});
