import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, inject } from 'vitest';
import type { Bundles } from '../../infra/bundle.ts';
import { QuotaStack } from '../../infra/quota-stack.ts';
import type { Settings } from '../../infra/settings.ts';
import { DEFAULT_STAGE, stackName } from '../../infra/stage.ts';
import type { Entry } from '../../shared/contract.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

export interface Resource {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape, and a wrong guess fails the test
  readonly [section: string]: any;
}

export interface Synthesis {
  readonly app: App;
  readonly stack: QuotaStack;
  readonly template: Template;
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  readonly bundles: Bundles;
  resources(type: string): Resource[];
  /** The function of an entry. */
  functionOf(entry: Entry): Resource;
}

/** Settings with which the stack has every job of the contract. */
const WITH_EVERY_JOB = { ledgerRetentionDays: 400, usageRetentionDays: 400 } as const satisfies Settings;

/**
 * Synthesizes the stack as `cdk synth` does, with the context of cdk.json, into a folder that is removed
 * after the test file. Call it once per file, at the top.
 *
 * @param settings besides those with which the stack has every job of the contract
 * @param options.isMinimal without those: the stack of the defaults
 * @param options.validate run CloudFormation's validation, which takes longer than all the rest
 */
export async function synthesize(
  settings: Settings = {},
  options: { validate?: boolean; isMinimal?: boolean } = {},
): Promise<Synthesis> {
  const folder = await mkdtemp(join(tmpdir(), 'quota-synth-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const bundles = inject('bundles');
  const { context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8'));
  const app = new App({
    context,
    outdir: join(folder, 'cdk.out'),
    builtinCloudFormationValidation: options.validate ?? false,
  });
  const stack = new QuotaStack(app, stackName(settings.stage ?? DEFAULT_STAGE), {
    bundleDirectory: bundles.directory,
    ...(options.isMinimal ? {} : WITH_EVERY_JOB),
    ...settings,
  });
  const template = Template.fromStack(stack);
  const resources = (type: string): Resource[] =>
    Object.entries(template.findResources(type)).map(([id, resource]) => ({ ...resource, id }));
  return {
    app,
    stack,
    template,
    assembly: app.outdir,
    bundles,
    resources,
    functionOf(entry) {
      const found = resources('AWS::Lambda::Function').filter(({ Properties }) =>
        Properties.Description?.endsWith(`, functions/${entry}.ts`),
      );
      if (found.length !== 1 || !found[0]) throw new Error(`${found.length} functions for ${entry}`);
      return found[0];
    },
  };
}
