import fc from 'fast-check';
import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import {
  fingerprintOf,
  isMinted,
  isReturned,
  keyTime,
  mintOperationId,
  type OperationContent,
  operationKey,
  RECORD_LIFETIME_MS,
} from '../../../shared/domain/operation.ts';
import { uuidV7 } from '../../support/uuid-v7.ts';

const content: OperationContent = {
  kind: 'consume',
  amounts: new Map([
    ['aiRequest', 2],
    ['upload', 1],
  ]),
  resourceType: 'document',
  resourceId: 'd-1',
  metadata: { model: 'x', tokens: 3 },
};
const NOW = Date.UTC(2033, 4, 10, 12);
const DAY_MS = 24 * 3_600_000;
const moment = fc.integer({ min: Date.UTC(2020, 0), max: 2 ** 47 });

describe('a fingerprint', () => {
  it('is the same for the same request in any order', () => {
    expect(fingerprintOf(content)).toHaveLength(6);
    expect(
      fingerprintOf({
        ...content,
        amounts: new Map([...content.amounts].reverse()),
        metadata: { tokens: 3, model: 'x' },
      }),
    ).toBe(fingerprintOf(content));
  });

  it('differs with anything that makes it another request', () => {
    const others: Partial<OperationContent>[] = [
      { kind: 'reserve' },
      { amounts: new Map([['aiRequest', 2]]) },
      { amounts: new Map(Object.entries({ aiRequest: 3, upload: 1 })) },
      { resourceType: 'image' },
      { resourceId: 'd-2' },
      { metadata: { model: 'x', tokens: '3' } },
      { metadata: undefined },
      { extra: 60 },
    ];
    const prints = [content, ...others.map((other) => ({ ...content, ...other }))].map(fingerprintOf);
    expect(new Set(prints).size).toBe(prints.length);
  });
});

describe('an operation id', () => {
  it('that was minted is recognised, and contains its time', () => {
    fc.assert(
      fc.property(moment, (now) => {
        const id = mintOperationId(now);
        expect(isMinted(id)).toBe(true);
        expect(keyTime(id, now)).toBe(now);
      }),
    );
    for (const id of ['op_', 'op_x', ulid(), `x${mintOperationId(1)}`, 'order-1', ''])
      expect(isMinted(id)).toBe(false);
  });

  it('contains its time as a UUIDv7 or a ULID, and only then', () => {
    fc.assert(
      fc.property(moment, (now) => {
        expect(keyTime(uuidV7(now), now)).toBe(now);
        expect(keyTime(uuidV7(now).toUpperCase(), now)).toBe(now);
        expect(keyTime(ulid(now), now)).toBe(now);
      }),
    );
    for (const id of [
      '8f9f4c56-5e07-4a4e-9d3c-2d3f8f3a9b10',
      'not-a-key',
      '',
      '9'.repeat(26),
      `op_${'9'.repeat(26)}`,
      '018f0000-0000-7000-c000-000000000000',
      `x${uuidV7(1)}`,
      `${uuidV7(1)}0`,
      `8${'0'.repeat(25)}`,
    ]) {
      expect(keyTime(id, NOW)).toBeUndefined();
    }
  });

  it('has no time before 2020, nor one further ahead than its record is kept', () => {
    const times = [1, Date.UTC(2020, 0) - 1, NOW + RECORD_LIFETIME_MS + 1, 2 ** 48 - 1];
    for (const time of times) {
      for (const id of [uuidV7(time), ulid(time), `op_${ulid(time)}`])
        expect(keyTime(id, NOW)).toBeUndefined();
    }
    for (const time of [Date.UTC(2020, 0), NOW - 400 * DAY_MS, NOW, NOW + RECORD_LIFETIME_MS]) {
      for (const id of [uuidV7(time), ulid(time), `op_${ulid(time)}`]) expect(keyTime(id, NOW)).toBe(time);
    }
  });

  it('can have been minted by this service only up to now', () => {
    expect(isReturned(mintOperationId(NOW), NOW)).toBe(true);
    expect(isReturned(mintOperationId(NOW + 50_000), NOW)).toBe(false);
    expect(isReturned(mintOperationId(1), NOW)).toBe(false);
    expect(isReturned(ulid(NOW), NOW)).toBe(false);
  });

  it('is remembered by 16 bytes, however long it is', () => {
    for (const id of ['', 'order-1', 'ß'.repeat(255)]) expect(operationKey(id)).toMatch(/^[\w-]{16}$/);
    expect(operationKey('order-1')).not.toBe(operationKey('order-2'));
  });
});
