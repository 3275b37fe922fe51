import { createDynamoDb, type Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { DYNAMODB } from './dynamodb-protocol.ts';
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.ts';

/** A table as the service's own client reaches it, through a proxy. */
export interface ProxiedTable extends Table {
  readonly proxy: FaultProxy;
  stop(): Promise<void>;
}

export interface ProxyTableOptions extends Omit<FaultProxyOptions, 'upstream' | 'protocol'> {
  /**
   * The client's request timeout (ms).
   * @default 10,000: a busy test machine may be slower than the service would wait, without a fault of the
   * plan
   */
  readonly requestTimeoutMs?: number;
}

export async function proxyTable(
  { endpoint, tableName }: { readonly endpoint: string; readonly tableName: string },
  { requestTimeoutMs = 10_000, ...options }: ProxyTableOptions = {},
): Promise<ProxiedTable> {
  const proxy = await startFaultProxy({ ...options, upstream: endpoint, protocol: DYNAMODB });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const address = { endpoint: proxy.url, region: 'eu-central-1', credentials };
  const client = createDynamoDb(address, { requestTimeoutMs });
  return {
    client,
    name: tableName,
    proxy,
    async stop() {
      client.destroy();
      await proxy.stop();
    },
  };
}
