/** The CDK app; the CLI starts it by the command in cdk.json. */
import { App } from 'aws-cdk-lib';
import { bundleFunctions } from './bundle.ts';
import { QuotaStack } from './quota-stack.ts';
import { settingsFromContext } from './settings.ts';

const app = new App();
const settings = settingsFromContext(app.node);
const { directory } = await bundleFunctions(undefined, settings.maxAmount);
new QuotaStack(app, 'QuotaService', {
  description: 'Subscription quotas: plans grant them, backends check and consume them over HTTPS',
  bundleDirectory: directory,
  ...settings,
});
