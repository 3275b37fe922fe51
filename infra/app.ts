/** The CDK app; the CLI starts it by the command in cdk.json. */
import { Annotations, App } from 'aws-cdk-lib';
import { bundleFunctions } from './bundle.ts';
import { QuotaStack } from './quota-stack.ts';
import { combineSettings, readContext } from './settings.ts';
import { DEFAULT_STAGE, stackName } from './stage.ts';
import { readStageFile, stageFile } from './stage-file.ts';

const app = new App();
const context = readContext(app.node);
const { stage = DEFAULT_STAGE } = context.settings;
const file = await readStageFile(stage);
const { settings } = combineSettings(file ? [file, context] : [context]);
const { directory } = await bundleFunctions(undefined, settings.maxAmount);
const stack = new QuotaStack(app, stackName(stage), {
  description: 'Subscription quotas: plans grant them, backends check and consume them over HTTPS',
  bundleDirectory: directory,
  ...settings,
});
if (!file)
  Annotations.of(stack).addWarningV2(
    'quota-service:stageFile',
    `${stageFile(stage)} does not exist: settings that -c does not give have their defaults.`,
  );
