import { setImmediate as turn } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TestService } from '../../support/service.ts';
import { execute } from '../simulation/dynamodb/memory-client.ts';
import { MemoryTable } from '../simulation/dynamodb/memory-table.ts';

/**
 * The service over a table in memory, which is verified against the emulator and some ten times as fast: for
 * many thousand runs. Every request still takes a turn of the event loop before it applies, and another
 * before it is answered.
 */
export async function inMemory(service: TestService): Promise<TestService> {
  const table = new MemoryTable(() => 0);
  const client = {
    async send(command: object) {
      await turn();
      const answer = execute(table, command);
      await turn();
      return answer;
    },
  } as unknown as DynamoDBDocumentClient; // the part of it that stores use
  const moved = service.over(client, { table: { ...service.table, documentClient: client } });
  await moved.createPlan(service.defaultPlanId, [{ feature: 'aiRequest', limit: 100 }]);
  return moved;
}
