import { describe, expect, it } from 'vitest';
import { responseOf } from '../../../../../infra/local/gateway/gateway-response.ts';

describe('the response of a function', () => {
  it('with a status code is returned unchanged', () => {
    const { body, ...rest } = responseOf({
      statusCode: 429,
      headers: { 'Retry-After': 3 },
      cookies: ['a=1'],
      body: 'no',
    });
    expect(rest).toEqual({
      statusCode: 429,
      headers: { 'content-type': 'text/plain;charset=UTF-8', 'retry-after': '3' },
      cookies: ['a=1'],
    });
    expect(body.toString()).toBe('no');
  });

  it('may contain bytes', () => {
    expect(responseOf({ statusCode: 200, body: 'AAH/', isBase64Encoded: true }).body).toEqual(
      Buffer.from([0, 1, 255]),
    );
  });

  it('without a status code is the body of a 200', () => {
    const { statusCode, headers, body } = responseOf({ message: 'hello' });
    expect([statusCode, headers['content-type'], body.toString()]).toEqual([
      200,
      'application/json',
      '{"message":"hello"}',
    ]);
    expect(responseOf('hello').body.toString()).toBe('hello');
    expect(responseOf(null).body.toString()).toBe('null');
  });

  it.each([{ statusCode: 'many' }, { statusCode: 99 }, { statusCode: 200, body: { not: 'text' } }])(
    'that is malformed, %o, is 500',
    (result) => {
      expect(responseOf(result).statusCode).toBe(500);
    },
  );
});
