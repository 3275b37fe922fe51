import { describe, expect, it } from 'vitest';
import { RouteTable } from '../../../../../infra/local/gateway/route-table.ts';

function tableOf(...routeKeys: string[]): RouteTable<string> {
  const table = new RouteTable<string>();
  for (const routeKey of routeKeys) table.add(routeKey, routeKey);
  return table;
}

describe('a request', () => {
  const table = tableOf(
    '$default',
    'ANY /{any+}',
    'GET /pets/{proxy+}',
    'GET /pets/{id}',
    'GET /pets/dog',
    'ANY /pets/dog',
  );

  it.each([
    ['GET', '/pets/dog', 'GET /pets/dog', {}],
    ['POST', '/pets/dog', 'ANY /pets/dog', {}],
    ['GET', '/pets/cat', 'GET /pets/{id}', { id: 'cat' }],
    ['GET', '/pets/dog/1', 'GET /pets/{proxy+}', { proxy: 'dog/1' }],
    ['POST', '/pets/cat', 'ANY /{any+}', { any: 'pets/cat' }],
    ['GET', '/', '$default', {}],
  ])('%s %s goes to the most specific route, %s', (method, path, routeKey, pathParameters) => {
    expect(table.match(method, path)).toEqual({ routeKey, target: routeKey, pathParameters });
  });

  it('without a route matches none: no implicit HEAD, no trailing slash, no empty parameter', () => {
    const strict = tableOf('GET /v1/users/{userId}/quota');
    expect(strict.match('HEAD', '/v1/users/a/quota')).toBeUndefined();
    expect(strict.match('GET', '/v1/users/a/quota/')).toBeUndefined();
    expect(strict.match('GET', '/v1/users//quota')).toBeUndefined();
    expect(strict.match('GET', '/v1/users/a')).toBeUndefined();
  });
});
