import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveTemplate } from './intrinsics.ts';
import type { LocalResource, Template } from './template.ts';

/** A synthesized stack with its references resolved. */
export interface Assembly {
  readonly resources: readonly LocalResource[];
  /** Returns the folder of a Lambda function's bundle. */
  bundleFolder(lambdaFunction: LocalResource): string;
}

/**
 * Reads the one stack of a cloud assembly.
 *
 * @param folder output of `cdk synth`, e.g. `cdk.out`
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
  // A function refers to its bundle by the key it is uploaded to.
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

/** Returns all resources of the given types. */
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
  // The CDK wrote it, by its published schema.
  return JSON.parse(await readFile(file, 'utf8')) as Shape;
}
