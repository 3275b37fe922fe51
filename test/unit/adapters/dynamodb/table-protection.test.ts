import { expect, onTestFinished, test } from 'vitest';
import { createDynamoDb } from '../../../../shared/adapters/dynamodb/dynamodb.ts';
import { TableProtection } from '../../../../shared/adapters/dynamodb/table-protection.ts';
import { Unavailable } from '../../../../shared/domain/faults.ts';
import { startTableStub } from '../../../support/table-stub.ts';

test('a table that is being changed is protected by a later try', async () => {
  const table = await startTableStub((request, response) => {
    const isUpdate = String(request.headers['x-amz-target']).endsWith('UpdateTable');
    const __type = 'com.amazonaws.dynamodb.v20120810#ResourceInUseException';
    response.writeHead(isUpdate ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(isUpdate ? { __type, message: 'Table is being updated' } : { Table: {} }));
  });
  onTestFinished(table.stop);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = createDynamoDb({ endpoint: table.endpoint, region: 'eu-central-1', credentials });
  await expect(new TableProtection({ client, name: 't' }).enable()).rejects.toThrow(Unavailable);
});
