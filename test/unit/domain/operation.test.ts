import fc from 'fast-check';
import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import {
  fingerprintOf,
  isMinted,
  madeAt,
  mintOperationId,
  type OperationContent,
  operationKey,
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
const moment = fc.integer({ min: 1, max: 2 ** 47 });

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
  it('that was minted is known, and says when it was made', () => {
    fc.assert(
      fc.property(moment, (now) => {
        const id = mintOperationId(now);
        expect(isMinted(id)).toBe(true);
        expect(madeAt(id)).toBe(now);
      }),
    );
    for (const id of ['op_', 'op_x', ulid(), `x${mintOperationId(1)}`, 'order-1', ''])
      expect(isMinted(id)).toBe(false);
  });

  it('says when it was made as a UUIDv7 or a ULID, and only then', () => {
    fc.assert(
      fc.property(moment, (now) => {
        expect(madeAt(uuidV7(now))).toBe(now);
        expect(madeAt(uuidV7(now).toUpperCase())).toBe(now);
        expect(madeAt(ulid(now))).toBe(now);
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
      expect(madeAt(id)).toBeUndefined();
    }
  });

  it('is remembered by 16 bytes, however long it is', () => {
    for (const id of ['', 'order-1', 'ß'.repeat(255)]) expect(operationKey(id)).toMatch(/^[\w-]{16}$/);
    expect(operationKey('order-1')).not.toBe(operationKey('order-2'));
  });
});
