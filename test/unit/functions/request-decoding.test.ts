import { ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import { decodeIdempotencyKey } from '../../../functions/http/idempotency-key.ts';
import { decodeBody } from '../../../functions/http/json-body.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const json = { 'content-type': 'application/json' };
const decode = (body: string | undefined, headers: Record<string, string> = json, isBase64Encoded = false) =>
  decodeBody({ ...(body !== undefined && { body }), headers, isBase64Encoded });

describe('the body', () => {
  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'is read as %s',
    (type) => {
      expect(decode('{"a":1}', { 'content-type': type })).toMatchObject({ value: { a: 1 } });
    },
  );

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonp',
    '',
  ])('is refused as %j with 415', (type) => {
    expect(decode('{"a":1}', { 'content-type': type })).toMatchObject({
      problem: { code: 'unsupported_media_type' },
    });
  });

  test('without a content type is refused with 415, and no body at all with 400', () => {
    expect(decode('{"a":1}', {})).toMatchObject({ problem: { code: 'unsupported_media_type' } });
    for (const nothing of [undefined, '']) {
      expect(decode(nothing, {})).toMatchObject({
        problem: { code: 'invalid_request', errors: [{ path: 'body' }] },
      });
    }
  });

  test('is decoded from base64, and refused where it is not UTF-8', () => {
    const base64 = (bytes: Buffer) => decode(bytes.toString('base64'), json, true);
    expect(base64(Buffer.from('{"a":"ä"}'))).toMatchObject({ value: { a: 'ä' } });
    expect(base64(Buffer.from('{"a":"ä"}', 'latin1'))).toMatchObject({ problem: { code: 'invalid_json' } });
  });

  test('may have 64 KB and not a byte more', () => {
    const filled = (length: number) => JSON.stringify('ä'.repeat((length - 2) / 2));
    expect(decode(filled(65_536))).toHaveProperty('value');
    expect(decode(`${filled(65_536)} `)).toMatchObject({ problem: { code: 'body_too_large' } });
    expect(decode(Buffer.alloc(70_000, ' ').toString('base64'), json, true)).toMatchObject({
      problem: { code: 'body_too_large' },
    });
  });

  test('with a syntax error is reported with line and column', () => {
    expect(decode('{\n  "a": 1\n  "b": 2\n}')).toMatchObject({
      problem: { code: 'invalid_json', detail: expect.stringContaining('line 3, column 3') },
    });
  });
});

describe('the Idempotency-Key', () => {
  const key = (value: string | undefined) =>
    decodeIdempotencyKey(value === undefined ? {} : { 'idempotency-key': value }, NOW);

  test('may be absent, and have 1 to 255 printable ASCII characters', () => {
    expect(key(undefined)).toEqual({ key: undefined });
    for (const good of ['k', 'a key with spaces', '~'.repeat(255)]) expect(key(good)).toEqual({ key: good });
    for (const bad of ['', 'ä', 'a\tb', '\u007f', 'x'.repeat(256)]) {
      expect(key(bad)).toMatchObject({
        problem: { code: 'invalid_request', errors: [{ path: 'Idempotency-Key' }] },
      });
    }
  });

  test('must not look like the service’s own id of a settlement', () => {
    expect(key('settle_q3Zk0vXb1T9hYw2L')).toMatchObject({ problem: { code: 'invalid_request' } });
  });

  test('dated more than a minute ahead of this clock is refused, with the reason', () => {
    expect(key(ulid(NOW + 59_000))).toHaveProperty('key');
    expect(key(ulid(NOW + 61_000))).toMatchObject({
      problem: { code: 'clock_ahead', detail: expect.stringContaining('61 s ahead') },
    });
    expect(key(`op_${ulid(NOW + 3_600_000)}`)).toMatchObject({ problem: { code: 'clock_ahead' } });
    expect(key(ulid(NOW - 86_400_000))).toHaveProperty('key');
  });
});
