import type { Assembly } from '../assembly/read-assembly.ts';
import type { AsyncFunctions } from '../lambda/async-functions.ts';
import type { InvocationOutcome } from '../lambda/lambda-environment.ts';
import type { LocalFunctions } from '../lambda/local-functions.ts';
import type { StackLog } from '../stack-log.ts';
import { type ScheduleDefinition, scheduleDefinitions } from './schedule-definition.ts';
import { startClock } from './schedule-expression.ts';

/** The stack's clocks, running, and on demand. */
export class LocalSchedules {
  readonly #definitions: readonly ScheduleDefinition[];
  readonly #functions: LocalFunctions;
  readonly #asyncFunctions: AsyncFunctions;
  readonly #clocks: readonly (() => void)[];

  constructor(assembly: Assembly, functions: LocalFunctions, asyncFunctions: AsyncFunctions, log: StackLog) {
    this.#definitions = scheduleDefinitions(assembly);
    this.#functions = functions;
    this.#asyncFunctions = asyncFunctions;
    const report = log.for('schedules');
    this.#clocks = this.#definitions
      .filter(({ enabled }) => enabled)
      .map((definition) =>
        startClock(definition.expression, definition.timeZone, (due) => {
          void this.#fire(definition, due).then(({ kind }) => report(`${definition.name} ${kind}`));
        }),
      );
  }

  get names(): string[] {
    return this.#definitions.map(({ name }) => name);
  }

  /**
   * Fires a schedule now.
   *
   * @param name the schedule's name, with or without the stack's before it, or the entry of the function it calls when only
   *   one does
   */
  run(name: string): Promise<InvocationOutcome> {
    const fits = this.#definitions.filter(
      (definition) =>
        definition.name === name || definition.name.endsWith(`-${name}`) || this.#calls(definition, name),
    );
    const [definition] = fits;
    if (!definition || fits.length > 1) {
      throw new Error(`${fits.length} schedules are called ${name}; there are ${this.names.join(', ')}`);
    }
    return this.#fire(definition, new Date());
  }

  stop(): void {
    for (const stopClock of this.#clocks) stopClock();
  }

  #fire({ functionArn, event }: ScheduleDefinition, due: Date): Promise<InvocationOutcome> {
    return this.#asyncFunctions.invoke(functionArn, event(due));
  }

  #calls({ functionArn }: ScheduleDefinition, entry: string): boolean {
    return (
      this.#functions.entries.includes(entry) &&
      this.#functions.byEntry(entry) === this.#functions.byArn(functionArn)
    );
  }
}
