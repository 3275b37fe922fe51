import { expect, test } from 'vitest';
import type { Template } from '../../../infra/local/assembly/template.ts';
import { synthesize } from '../../support/synth.ts';
import released from './released/stateful-resources.json' with { type: 'json' };
import { lossesOfUpdate, STATEFUL_TYPES, statefulResources } from './stateful-resources.ts';

const { template: synthesized } = await synthesize();
const template = synthesized.toJSON() as Template; // the CDK wrote it

test('an update from the last release replaces and removes no table, bucket, secret, API, topic, bus or queue', () => {
  expect(lossesOfUpdate(released, template)).toEqual([]);
});

test('the last release had every stateful type, so that none goes unwatched', () => {
  const types = new Set(Object.values(released).map(({ Type }) => Type));
  expect([...types].sort()).toEqual([...STATEFUL_TYPES].sort());
});

/** Applies an edit to a copy of the released resources. */
function losses(
  edit: (resources: Record<string, { Type: string; Properties: Record<string, unknown> }>) => void,
) {
  const after = structuredClone(statefulResources(template)) as Parameters<typeof edit>[0]; // JSON, as read
  edit(after);
  return lossesOfUpdate(statefulResources(template), { Resources: after });
}

test.each([
  ['DataTableFDBAD0F2', 'KeySchema', 'WILL_REPLACE'],
  ['DataTableFDBAD0F2', 'TableName', 'WILL_REPLACE'],
  ['ReportsBucket95FE29A2', 'BucketName', 'WILL_REPLACE'],
  ['HttpApi4E1D4184', 'ProtocolType', 'WILL_REPLACE'],
  ['EventsBus45DE4339', 'Name', 'WILL_REPLACE'],
  ['AlertsTopicCF7C81C9', 'TopicName', 'WILL_REPLACE'],
  ['SchedulesFailedRunsDBFE8B65', 'FifoQueue', 'WILL_REPLACE'],
  ['StripeSecretB293F296', 'Name', 'WILL_REPLACE'],
  // Same secret, other content.
  ['StripeSecretB293F296', 'GenerateSecretString', 'WILL_UPDATE'],
])('%s: a change of %s is found', (id, property, impact) => {
  const found = losses((resources) => {
    const { [id]: resource } = resources;
    if (resource) resource.Properties = { ...resource.Properties, [property]: 'other' };
  });
  expect(found).toContain(`${id} ${impact}: ${property}`);
});

test('a removed resource, and one under another logical id, are found', () => {
  for (const id of Object.keys(statefulResources(template))) {
    const removed = losses((resources) => {
      delete resources[id];
    });
    expect(removed).toContainEqual(expect.stringMatching(new RegExp(`^${id} WILL_(DESTROY|ORPHAN)`)));
  }
});

test('a change in place is none', () => {
  const found = losses((resources) => {
    const { DataTableFDBAD0F2: table } = resources;
    if (table) table.Properties = { ...table.Properties, BillingMode: 'PROVISIONED' };
  });
  expect(found).toEqual([]);
});
