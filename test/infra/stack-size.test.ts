import { expect, test } from 'vitest';
import { ALL_ENTRIES } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, template } = await synthesize({}, { isMinimal: true });
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
