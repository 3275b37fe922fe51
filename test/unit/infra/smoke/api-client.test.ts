import { expect, test } from 'vitest';
import { send } from '../../../../infra/smoke/api-client.ts';
import { serveLocally } from '../../../support/local-server.ts';

test('a request above the rate limit of its key is sent again, one above a quota is not', async () => {
  const codes = ['rate_limited', 'exceeded'];
  const server = await serveLocally((_request, response) => {
    response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '0' });
    response.end(JSON.stringify({ code: codes.shift() }));
  });
  expect((await send(server.url, 'listPlans', { key: 'k' })).body).toEqual({ code: 'exceeded' });
  expect(codes).toEqual([]);
  await server.stop();
});
