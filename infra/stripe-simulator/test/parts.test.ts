import { describe, expect, it } from 'vitest';
import { parseForm } from '../src/calls/form-body.ts';
import { DAY, periodEnd } from '../src/time/calendar.ts';
import { Timeline } from '../src/time/timeline.ts';
import { Collection } from '../src/world/collection.ts';
import { previousAttributes } from '../src/world/previous-attributes.ts';

const at = (text: string) => Date.parse(text) / 1_000;

describe('a form', () => {
  it('is parsed into nested objects and lists', () => {
    const form = parseForm(
      'items[0][price]=p0&items[1][price]=p1&expand[]=a&expand[]=b&metadata[a.b]=c%26d&metadata[e f]=&x=1&x=2',
    );
    expect(form).toEqual({
      items: [{ price: 'p0' }, { price: 'p1' }],
      expand: ['a', 'b'],
      metadata: { 'a.b': 'c&d', 'e f': '' },
      x: '2',
    });
  });

  it('accepts any name', () => {
    const form = parseForm('__proto__[polluted]=1&constructor=2&a[__proto__]=3');
    expect(Object.keys(form)).toEqual(['__proto__', 'constructor', 'a']);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('a period', () => {
  it.each([
    ['2026-01-31T10:00:00Z', 'month', 1, '2026-01-31T10:00:00Z', '2026-02-28T10:00:00Z'],
    ['2026-01-31T10:00:00Z', 'month', 1, '2026-02-28T10:00:00Z', '2026-03-31T10:00:00Z'],
    ['2024-02-29T00:00:00Z', 'year', 1, '2024-02-29T00:00:00Z', '2025-02-28T00:00:00Z'],
    ['2024-02-29T00:00:00Z', 'year', 1, '2027-02-28T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['2026-01-31T10:00:00Z', 'month', 3, '2026-04-30T10:00:00Z', '2026-07-31T10:00:00Z'],
    ['2026-01-31T10:00:00Z', 'week', 2, '2026-02-14T10:00:00Z', '2026-02-28T10:00:00Z'],
    ['2026-03-31T00:00:00Z', 'month', 1, '2026-01-15T00:00:00Z', '2026-01-31T00:00:00Z'],
  ])('anchored at %s, every %s × %i, begun at %s', (anchor, interval, interval_count, start, end) => {
    expect(periodEnd(at(anchor), { interval, interval_count }, at(start))).toBe(at(end));
  });

  it('of a day is a day', () => {
    const start = at('2026-03-29T00:00:00Z');
    expect(periodEnd(start, { interval: 'day', interval_count: 1 }, start)).toBe(start + DAY);
  });
});

describe('a timeline', () => {
  it('runs due tasks in order, each at its time, and no canceled one', () => {
    const ran: string[] = [];
    const timeline: Timeline = new Timeline(
      () => 0,
      ({ name, id }) => {
        ran.push(`${id}@${timeline.now()}`);
        if (name === 'again') timeline.schedule({ name: 'once', id: 'f' }, 25);
      },
    );
    for (const [id, time] of [
      ['e', 50],
      ['a', 10],
      ['c', 30],
      ['b', 10],
      ['d', 40],
      ['late', 99],
    ] as const) {
      timeline.schedule({ name: 'once', id }, time);
    }
    timeline.cancel({ name: 'once', id: 'd' });
    timeline.cancel({ name: 'once', id: 'c' });
    timeline.schedule({ name: 'again', id: 'c' }, 90);
    timeline.schedule({ name: 'again', id: 'c' }, 20);
    expect(timeline.scheduled().map(({ id }) => id)).toEqual(['a', 'b', 'c', 'e', 'late']);
    timeline.runAll(60);
    expect(ran).toEqual(['a@10', 'b@10', 'c@20', 'f@25', 'e@50']);
    expect(timeline.nextAt()).toBe(99);
  });
});

describe('a collection', () => {
  it('skips removed items', () => {
    const collection = new Collection<{ id: string; group: string }>(({ group }) => group);
    for (let index = 0; index < 6; index++)
      collection.add({ id: `${index}`, group: index % 2 ? 'odd' : 'even' });
    collection.remove('0');
    collection.remove('3');
    const ids = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id);
    expect(ids(collection.page({ limit: 10 }))).toEqual(['5', '4', '2', '1']);
    expect(ids(collection.page({ limit: 2, startingAfter: '4' }))).toEqual(['2', '1']);
    expect(collection.page({ limit: 1, endingBefore: '2' })).toEqual({
      items: [{ id: '4', group: 'even' }],
      hasMore: true,
    });
    expect(ids(collection.inGroup('odd').page({ limit: 10 }))).toEqual(['5', '1']);
    expect([...collection.oldestFirst()].map(({ id }) => id)).toEqual(['1', '2', '4', '5']);
  });
});

describe('previous attributes', () => {
  it('are former values: whole lists, parts of objects, null for absent fields', () => {
    const before = { a: 1, same: { x: 1 }, list: [1, 2], nested: { in: 'old', kept: true }, gone: 'g' };
    const after = { a: 2, same: { x: 1 }, list: [1, 3], nested: { in: 'new', kept: true }, fresh: 'f' };
    expect(previousAttributes(before, after)).toEqual({
      a: 1,
      list: [1, 2],
      nested: { in: 'old' },
      gone: 'g',
      fresh: null,
    });
    expect(previousAttributes(before, before)).toBeUndefined();
  });
});
