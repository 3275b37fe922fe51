import { InvocationType, InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { Unavailable } from '../../domain/faults.ts';

/** Starts jobs: Lambda queues the event and answers at once. */
export class JobStarter {
  readonly #client: Pick<LambdaClient, 'send'>;
  readonly #functionNames: Readonly<Record<string, string>>;

  /** @param functionNames by job */
  constructor(client: Pick<LambdaClient, 'send'>, functionNames: Readonly<Record<string, string>>) {
    this.#client = client;
    this.#functionNames = functionNames;
  }

  /** Whether the deployment has the job. */
  has(job: string): boolean {
    return this.#functionNames[job] !== undefined;
  }

  /** @throws Unavailable when Lambda rejected the event */
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
