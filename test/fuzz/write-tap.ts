import { Agent, createServer, request } from 'node:http';

export interface WriteTap {
  readonly endpoint: string;
  /** Writes that the table took. */
  readonly count: () => number;
  stop(): Promise<void>;
}

const WRITE = /\.(UpdateItem|PutItem|DeleteItem|BatchWriteItem|TransactWriteItems)$/;

/** Passes every request on to DynamoDB, and counts the writes that it accepted. */
export async function startWriteTap(dynamodbEndpoint: string): Promise<WriteTap> {
  const { hostname, port } = new URL(dynamodbEndpoint);
  const agent = new Agent({ keepAlive: true });
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    const isWrite = WRITE.test(String(incoming.headers['x-amz-target']));
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, agent, method, path: url, headers }, (answer) => {
      if (isWrite && answer.statusCode === 200) count += 1;
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the tap has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    count: () => count,
    stop: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
