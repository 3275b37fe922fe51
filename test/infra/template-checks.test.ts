import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { expect, test } from 'vitest';
import { synthesize } from '../support/synth.ts';

const { app, stack, assembly } = await synthesize(
  { alarmEmail: 'operators@example.com', monthlyBudgetUsd: 100 },
  { validate: true },
);

interface Finding {
  ruleName: string;
  violatingResources: { constructPath?: string; resourceLogicalId?: string }[];
}

const lines = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(
      ({ constructPath, resourceLogicalId }) => `${ruleName} ${constructPath ?? resourceLogicalId}`,
    ),
  );

test("CloudFormation's validation has no findings", () => {
  const report = JSON.parse(readFileSync(join(assembly, 'validation-report.json'), 'utf8'));
  expect(report.pluginReports).toEqual([]);
});

test('cdk-nag (AwsSolutions) has no unacknowledged findings', () => {
  expect(lines(new AwsSolutionsChecks(app).validateScope(app).violations)).toEqual([]);
});

test('cdk-nag is active: it finds a function on an old runtime', () => {
  const old = new CfnFunction(stack, 'Old', {
    runtime: 'nodejs20.x',
    handler: 'index.handler',
    role: 'arn:aws:iam::111122223333:role/old',
    code: { zipFile: '' },
  });
  const found = lines(new AwsSolutionsChecks(app).validateScope(app).violations);
  expect(found).toEqual(['AwsSolutions-L1 QuotaService/Old']);
  stack.node.tryRemoveChild(old.node.id);
});

test('every acknowledgment gives its reason, close to what it accepts', () => {
  const acknowledged = stack.node.findAll().flatMap((construct) => acknowledgments(construct));
  expect(acknowledged.length).toBeGreaterThan(0);
  for (const { path, rule, reason } of acknowledged) {
    expect(reason.length, `${path} ${rule}`).toBeGreaterThan(40);
    expect(path, rule).not.toBe(stack.node.path);
  }
});

function acknowledgments(construct: IConstruct) {
  return construct.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) =>
      Object.entries<string>(data).map(([rule, reason]) => ({ path: construct.node.path, rule, reason })),
    );
}
