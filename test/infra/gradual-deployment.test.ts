import { expect, test } from 'vitest';
import { DEPLOYMENT_STEPS } from '../../infra/settings.ts';
import { groupEntry } from '../../shared/contract.ts';
import { type Synthesis, synthesize } from '../support/synth.ts';

const byDefault = await synthesize();
const atOnce = await synthesize({ gradualDeployment: 'none' });
const slowly = await synthesize({ gradualDeployment: 'linear10PercentEvery3Minutes' });

const groupOf = (stack: Synthesis) => stack.resources('AWS::CodeDeploy::DeploymentGroup')[0];

test('the API calls the alias "live" of the quota function, which points to its newest version', () => {
  const [alias, ...others] = byDefault.resources('AWS::Lambda::Alias');
  expect(others).toEqual([]);
  const handler = byDefault.functionOf(groupEntry('quota'));
  const version = byDefault
    .resources('AWS::Lambda::Version')
    .find(({ Properties }) => Properties.FunctionName.Ref === handler.id);
  expect(alias?.Properties).toMatchObject({
    Name: 'live',
    FunctionName: { Ref: handler.id },
    FunctionVersion: { 'Fn::GetAtt': [version?.id, 'Version'] },
  });
});

test('a tenth of the calls go to a new version for five minutes, then all', () => {
  const group = groupOf(byDefault);
  expect(JSON.stringify(group?.Properties.DeploymentConfigName)).toContain('LambdaCanary10Percent5Minutes');
  const [alias] = byDefault.resources('AWS::Lambda::Alias');
  expect(alias?.UpdatePolicy.CodeDeployLambdaAliasUpdate).toEqual({
    ApplicationName: group?.Properties.ApplicationName,
    DeploymentGroupName: { Ref: group?.id },
  });
});

test('errors of the function and server errors of the API roll a new version back', () => {
  const { AutoRollbackConfiguration, AlarmConfiguration } = groupOf(byDefault)?.Properties ?? {};
  expect(AutoRollbackConfiguration).toEqual({
    Enabled: true,
    Events: expect.arrayContaining(['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM']),
  });
  const handler = byDefault.functionOf(groupEntry('quota'));
  const alarms = byDefault.resources('AWS::CloudWatch::Alarm');
  const errors = alarms.find(
    ({ Properties }) =>
      Properties.MetricName === 'Errors' && JSON.stringify(Properties.Dimensions).includes(handler.id),
  );
  const serverErrors = alarms.find(({ id }) => id.startsWith('HttpServerErrorAlarm'));
  expect(AlarmConfiguration).toEqual({
    Enabled: true,
    Alarms: [{ Name: { Ref: errors?.id } }, { Name: { Ref: serverErrors?.id } }],
  });
});

test('the steps are a setting', () => {
  expect(JSON.stringify(groupOf(slowly)?.Properties.DeploymentConfigName)).toContain(
    'LambdaLinear10PercentEvery3Minutes',
  );
  // CodeDeploy's names of them.
  for (const steps of DEPLOYMENT_STEPS) expect(steps).toMatch(/^(canary|linear)10Percent\w+$|^none$/);
});

test('without steps the alias moves at once, and the API keeps calling it', () => {
  expect(groupOf(atOnce)).toBeUndefined();
  expect(atOnce.resources('AWS::CodeDeploy::Application')).toEqual([]);
  const [alias] = atOnce.resources('AWS::Lambda::Alias');
  expect(alias).not.toHaveProperty('UpdatePolicy');
  const targets = (stack: Synthesis) =>
    stack.resources('AWS::ApiGatewayV2::Integration').map(({ Properties }) => Properties.IntegrationUri);
  expect(targets(atOnce)).toEqual(targets(byDefault));
});
