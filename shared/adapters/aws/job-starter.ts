import { InvocationType, InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { Unavailable } from '../../domain/faults.ts';

/** Starts jobs: their functions take the event into a queue of their own and answer at once. */
export class JobStarter {
  readonly #client: Pick<LambdaClient, 'send'>;
  readonly #functionNames: Readonly<Record<string, string>>;

  /** @param functionNames by job */
  constructor(client: Pick<LambdaClient, 'send'>, functionNames: Readonly<Record<string, string>>) {
    this.#client = client;
    this.#functionNames = functionNames;
  }

  /** @throws Unavailable when Lambda did not take the event */
  async start(job: string, event: object): Promise<void> {
    const command = new InvokeCommand({
      FunctionName: this.#functionNames[job],
      InvocationType: InvocationType.Event,
      Payload: JSON.stringify(event),
    });
    await this.#client.send(command).catch((cause: unknown) => {
      throw new Unavailable('the job could not be started', { cause });
    });
  }
}
