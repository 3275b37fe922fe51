import type { Assembly } from '../assembly/read-assembly.ts';
import type { StackLog } from '../host/stack-log.ts';
import type { AsyncFunctions } from '../lambda/async-functions.ts';
import type { InvocationOutcome } from '../lambda/lambda-environment.ts';
import type { LocalFunctions } from '../lambda/local-functions.ts';
import { type ScheduleDefinition, scheduleDefinitions } from './schedule-definition.ts';
import { type RunningClock, startClock } from './schedule-expression.ts';

/** A schedule that ran because the clock was moved. */
export interface FiredSchedule {
  readonly name: string;
  readonly due: string;
  readonly outcome: InvocationOutcome['kind'];
}

/** The stack's schedules, by time and on demand. */
export class LocalSchedules {
  readonly #definitions: readonly ScheduleDefinition[];
  readonly #functions: LocalFunctions;
  readonly #asyncFunctions: AsyncFunctions;
  readonly #now: () => number;
  readonly #clocks: readonly { readonly definition: ScheduleDefinition; readonly clock: RunningClock }[];

  /** @param now epoch ms of the stack's clock. @default the machine's time */
  constructor(
    assembly: Assembly,
    functions: LocalFunctions,
    asyncFunctions: AsyncFunctions,
    log: StackLog,
    now: () => number = Date.now,
  ) {
    this.#definitions = scheduleDefinitions(assembly);
    this.#functions = functions;
    this.#asyncFunctions = asyncFunctions;
    this.#now = now;
    const report = log.for('schedules');
    this.#clocks = this.#definitions
      .filter(({ enabled }) => enabled)
      .map((definition) => {
        const onTick = (due: Date) => {
          void this.#fire(definition, due).then(({ kind }) => report(`${definition.name} ${kind}`));
        };
        return { definition, clock: startClock(definition.expression, definition.timeZone, onTick, now) };
      });
  }

  get names(): string[] {
    return this.#definitions.map(({ name }) => name);
  }

  /**
   * Runs a schedule now.
   *
   * @param name the schedule's name, with or without the stack's prefix, or the entry of its function if only
   *   one schedule calls that
   */
  run(name: string): Promise<InvocationOutcome> {
    const fits = this.#definitions.filter(
      (definition) =>
        definition.name === name || definition.name.endsWith(`-${name}`) || this.#calls(definition, name),
    );
    const [definition] = fits;
    if (!definition || fits.length > 1) {
      const found = fits.length > 1 ? `${fits.length} schedules match` : 'No schedule has the name';
      throw new Error(`${found} ${name}. The schedules are ${this.names.join(', ')}.`);
    }
    return this.#fire(definition, new Date(this.#now()));
  }

  /**
   * Runs each schedule whose times the clock was moved past: once, for the last of its times, one after the
   * other.
   *
   * @returns the runs, in the order of their due times
   */
  async catchUp(): Promise<FiredSchedule[]> {
    const overdue = this.#clocks
      .flatMap(({ definition, clock }) => {
        const due = clock.takeOverdue();
        return due ? [{ definition, due }] : [];
      })
      .sort((left, right) => left.due.getTime() - right.due.getTime());
    const fired: FiredSchedule[] = [];
    for (const { definition, due } of overdue) {
      const { kind } = await this.#fire(definition, due);
      fired.push({ name: definition.name, due: due.toISOString(), outcome: kind });
    }
    return fired;
  }

  stop(): void {
    for (const { clock } of this.#clocks) clock.stop();
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
