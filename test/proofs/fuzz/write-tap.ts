import { Agent, request } from 'node:http';
import { serveLocally } from '../../support/local-server.ts';

export interface WriteTap {
  readonly endpoint: string;
  /** Writes accepted by the table. */
  readonly count: () => number;
  stop(): Promise<void>;
}

const WRITE = /\.(UpdateItem|PutItem|DeleteItem|BatchWriteItem|BatchExecuteStatement|TransactWriteItems)$/;

/** Forwards every request to DynamoDB, and counts the accepted writes. */
export async function startWriteTap(dynamodbEndpoint: string): Promise<WriteTap> {
  const { hostname, port } = new URL(dynamodbEndpoint);
  const agent = new Agent({ keepAlive: true });
  let count = 0;
  const { url, stop } = await serveLocally((incoming, outgoing) => {
    const isWrite = WRITE.test(String(incoming.headers['x-amz-target']));
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, agent, method, path, headers }, (answer) => {
      if (isWrite && answer.statusCode === 200) count += 1;
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  return {
    endpoint: url,
    count: () => count,
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
}
