import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../../functions/http/strict-json.ts';

function parse(text: string): { value: unknown } | 'broken' {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return 'broken';
  }
}

/** JSON that was damaged in one place. */
const damaged = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.nat(),
    fc.constantFrom('', '"', '{', '}', ',', ':', '\\', '\u0001', '1', ' ', 'e'),
  )
  .map(([text, at, insert]) => {
    const position = at % (text.length + 1);
    return text.slice(0, position) + insert + text.slice(position + (insert === '' ? 1 : 0));
  });

describe('readJson', () => {
  test('accepts exactly the JSON of JSON.parse, as the same value', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json({ maxDepth: 6 }), damaged, fc.string(), fc.string({ unit: 'binary' })),
        (text) => {
          const reading = readJson(text);
          const parsed = parse(text);
          if (reading.code === 'broken') expect(parsed).toBe('broken');
          else if (reading.errors.length === 0) expect({ value: reading.value }).toEqual(parsed);
          else expect(parsed).not.toBe('broken');
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['{"a":1,"b":{"c":2,"c":3}}', ['b', 'c'], 'duplicate_field'],
    ['[{"x":1},{"x":1,"x":1}]', [1, 'x'], 'duplicate_field'],
    ['{"a":1,"\\u0061":2}', ['a'], 'duplicate_field'],
    ['{"__proto__":{"admin":true}}', ['__proto__'], 'unknown_field'],
    ['{"m":{"\\u005f_proto__":1}}', ['m', '__proto__'], 'unknown_field'],
  ])('reports errors that JSON.parse hides in %s', (text, path, code) => {
    const reading = readJson(text);
    expect(reading).toMatchObject({ code: 'read', errors: [{ path, code }] });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each([
    ['', 0],
    ['{', 1],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['[1 2]', 3],
    ['{"a":NaN}', 5],
    ['{"a":"\n"}', 5],
    ['{} x', 3],
    ["{'a':1}", 1],
  ])('reports the position of an error in %j', (text, position) => {
    expect(readJson(text)).toMatchObject({ code: 'broken', position });
  });

  test('a text of brackets alone does not overflow the stack', () => {
    expect(readJson('['.repeat(64_000))).toMatchObject({ code: 'broken', position: 16 });
    expect(readJson('{"a":'.repeat(12_000))).toMatchObject({ code: 'broken' });
  });

  test('the longest body of one string or of many numbers is read', () => {
    expect(readJson(JSON.stringify('x'.repeat(65_000)))).toMatchObject({ code: 'read' });
    expect(readJson(JSON.stringify(Array.from({ length: 32_000 }, () => 1)))).toMatchObject({ code: 'read' });
  });
});
