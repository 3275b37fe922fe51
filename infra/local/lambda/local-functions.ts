import type { Assembly } from '../assembly/read-assembly.ts';
import type { StackLog } from '../host/stack-log.ts';
import { type LambdaDefinition, lambdaDefinitions } from './lambda-definitions.ts';
import { LambdaFunction } from './lambda-function.ts';

/** The stack's functions, by ARN, name or entry. */
export class LocalFunctions {
  readonly #byEntry = new Map<string, LambdaFunction>();
  readonly #byName = new Map<string, LambdaFunction>();

  constructor(
    assembly: Assembly,
    endpoints: Readonly<Record<string, string>>,
    maxEnvironments: number,
    log: StackLog,
    clock?: SharedArrayBuffer,
  ) {
    for (const definition of lambdaDefinitions(assembly, endpoints, maxEnvironments, clock))
      this.#add(definition, log);
  }

  /** Paths below `functions/`. */
  get entries(): string[] {
    return [...this.#byEntry.keys()];
  }

  /** @param arnOrName of the function, with or without a qualifier */
  byArn(arnOrName: string): LambdaFunction {
    const name = arnOrName.split(':function:').at(-1)?.split(':')[0] ?? arnOrName;
    const found = this.#byName.get(name);
    if (!found) throw new Error(`The template declares no function ${arnOrName}`);
    return found;
  }

  /** @param entry path below `functions/` */
  byEntry(entry: string): LambdaFunction {
    const found = this.#byEntry.get(entry);
    if (!found) throw new Error(`There is no function ${entry}; there are ${this.entries.join(', ')}`);
    return found;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((lambdaFunction) => lambdaFunction.stop()));
  }

  #add(definition: LambdaDefinition, log: StackLog): void {
    const lambdaFunction = new LambdaFunction(definition, log.for(definition.entry));
    this.#byName.set(definition.functionName, lambdaFunction);
    // Functions of the CDK's custom resources are not the project's.
    if (definition.entry !== definition.functionName) this.#byEntry.set(definition.entry, lambdaFunction);
  }
}
