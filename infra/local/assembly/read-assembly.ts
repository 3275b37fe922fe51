import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveTemplate } from './intrinsics.ts';
import type { LocalResource, Template } from './template.ts';

/** A synthesized stack as it runs here. */
export interface Assembly {
  readonly resources: readonly LocalResource[];
  /** The folder with a Lambda function's bundle. */
  bundleFolder(lambdaFunction: LocalResource): string;
}

/**
 * Reads the one stack of a cloud assembly.
 *
 * @param folder what `cdk synth` wrote, e.g. `cdk.out`
 */
export async function readAssembly(folder: string): Promise<Assembly> {
  const manifest = await readJson<Manifest>(join(folder, 'manifest.json'));
  const stacks = Object.entries(manifest.artifacts).filter(
    ([, { type }]) => type === 'aws:cloudformation:stack',
  );
  const [stack] = stacks;
  if (!stack || stacks.length !== 1)
    throw new Error(`Expected one stack in ${folder}, found ${stacks.length}`);
  const [name, { properties }] = stack;
  const template = await readJson<Template>(
    join(folder, properties?.templateFile ?? `${name}.template.json`),
  );
  const assets = await readJson<Assets>(join(folder, `${name}.assets.json`));
  // Where the deployment uploads a bundle to is how a function names it.
  const folders = new Map<unknown, string>();
  for (const { source, destinations } of Object.values(assets.files)) {
    for (const { objectKey } of Object.values(destinations))
      folders.set(objectKey, join(folder, source.path));
  }
  return {
    resources: resolveTemplate(template),
    bundleFolder(lambdaFunction) {
      const bundle = folders.get(Object(lambdaFunction.properties.Code).S3Key);
      if (bundle) return bundle;
      throw new Error(`${lambdaFunction.logicalId} has no bundle in ${folder}`);
    },
  };
}

/** All resources of the given types. */
export function ofType(assembly: Pick<Assembly, 'resources'>, ...types: readonly string[]): LocalResource[] {
  return assembly.resources.filter(({ type }) => types.includes(type));
}

interface Manifest {
  readonly artifacts: Readonly<
    Record<string, { readonly type: string; readonly properties?: { readonly templateFile?: string } }>
  >;
}

interface Assets {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

async function readJson<Shape>(file: string): Promise<Shape> {
  // The CDK wrote it, in the format of its own published schema.
  return JSON.parse(await readFile(file, 'utf8')) as Shape;
}
