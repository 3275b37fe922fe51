import { describe, expect, it } from 'vitest';
import { eventFilter } from '../../../../../infra/local/stream/event-filter.ts';

const record = (sk: string, more = {}) => ({
  eventName: 'MODIFY',
  dynamodb: { Keys: { sk: { S: sk } }, ...more },
});
const bySortKey = (...rules: unknown[]) => JSON.stringify({ dynamodb: { Keys: { sk: { S: rules } } } });

describe('a filter', () => {
  it.each([
    [bySortKey('ACCOUNT'), 'ACCOUNT', true],
    [bySortKey('ACCOUNT'), 'LEDGER#1', false],
    [bySortKey('ACCOUNT', { prefix: 'LEDGER#' }), 'LEDGER#1', true],
    [bySortKey({ suffix: '#1' }), 'LEDGER#2', false],
    [bySortKey({ 'anything-but': ['ACCOUNT'] }), 'LEDGER#2', true],
    [bySortKey({ 'anything-but': ['ACCOUNT'] }), 'ACCOUNT', false],
    ['{"dynamodb":{"OldImage":[{"exists":false}]}}', 'ACCOUNT', true],
    ['{"eventName":["INSERT"]}', 'ACCOUNT', false],
  ])('%s for %s: %s', (pattern, sk, passes) => {
    expect(eventFilter([pattern])(record(sk))).toBe(passes);
  });

  it('passes if one of several patterns matches, or if there is none', () => {
    expect(eventFilter([bySortKey('A'), bySortKey('B')])(record('B'))).toBe(true);
    expect(eventFilter([])(record('B'))).toBe(true);
  });

  it('stops the start at an unsupported operator', () => {
    expect(() => eventFilter([bySortKey({ numeric: ['>', 1] })])).toThrow('numeric');
  });
});
