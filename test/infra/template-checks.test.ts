import { spawnSync } from 'node:child_process';
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

/** Dependencies that a reference implies already (W3005): the CDK writes both. */
const ACCEPTED_BY_CFN_LINT = 'W3005';

test('cfn-lint has no findings', ({ skip }) => {
  const { isMissing, output } = cfnLint(readFileSync(join(assembly, `${stack.artifactId}.template.json`)));
  if (isMissing) return skip(CFN_LINT_MISSING);
  expect(output).toBe('');
});

test('cfn-lint is active: it finds a table without a key', ({ skip }) => {
  const Table = { Type: 'AWS::DynamoDB::Table', Properties: {} };
  const { isMissing, output } = cfnLint(JSON.stringify({ Resources: { Table } }));
  if (isMissing) return skip(CFN_LINT_MISSING);
  expect(output).toContain("'KeySchema' is a required property");
});

const CFN_LINT_MISSING = 'cfn-lint is not installed (pip install cfn-lint)';
/** The status with which a shell, or a version manager's shim, reports that it has no such command. */
const NO_SUCH_COMMAND = 127;

function cfnLint(template: string | Buffer) {
  const args = ['--format', 'parseable', '--ignore-checks', ACCEPTED_BY_CFN_LINT];
  const { error, status, stdout, stderr } = spawnSync('cfn-lint', args, {
    input: template,
    encoding: 'utf8',
  });
  return { isMissing: error !== undefined || status === NO_SUCH_COMMAND, output: stdout + stderr };
}

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
