import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACCOUNT, COUNTER, HOLD, PAYMENTS } from '../../../../shared/adapters/dynamodb/account-item.ts';
import { CHANGE } from '../../../../shared/adapters/dynamodb/change-codec.ts';

const SHORT_NAMES = [ACCOUNT, PAYMENTS, COUNTER, HOLD, CHANGE].flatMap((names) => Object.values(names));
const NAME = `(?:${[...new Set(SHORT_NAMES)].join('|')})`;
const EXPRESSION = /[=<>,]|\b(?:SET|REMOVE|ADD|DELETE)\b|attribute_(?:not_)?exists|size\(/;

/**
 * Short attribute names that a source text spells: in expressions, as a whole literal, as a property or as a
 * key.
 */
function spelledNames(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const literals = [...code.matchAll(/'([^'\n]*)'|`([^`]*)`/g)].map(([, quoted, template]) =>
    (quoted ?? template ?? '').replaceAll(/\$\{[^}]*\}/g, '$'),
  );
  const names = new RegExp(`(?<![:#\\w$])${NAME}(?![\\w$])`, 'g');
  const whole = new RegExp(`^${NAME}$`);
  const members = new RegExp(`(?<=\\w[\\])]?\\??\\.)${NAME}(?!\\w)|(?<=[{,]\\s*)${NAME}(?=\\s*[:,}])`, 'g');
  return [
    ...literals
      .filter((text) => EXPRESSION.test(text) || whole.test(text))
      .flatMap((text) => text.match(names) ?? []),
    ...(code.match(members) ?? []),
  ];
}

test.each([
  ["'v = :read'", 'v'],
  ["'pk, sv'", 'sv'],
  ['`SET o.#key = :text`', 'o'],
  ["' REMOVE k, d'", 'k,d'],
  ["item['f']", 'f'],
  ['item.f + 1', 'f'],
  ['const { pk, sv } = item', 'sv'],
  ["'#f < :v'", ''],
  ["throw new Error('it is a fault')", ''],
])('finds the names in %s', (source, names) => {
  expect(spelledNames(source).join()).toBe(names);
});

const sources = globSync('shared/adapters/dynamodb/*.ts', {
  exclude: ['**/*-codec.ts', '**/account-item.ts'],
});

test.each(sources)('%s spells no short attribute name', (file) => {
  expect(spelledNames(readFileSync(file, 'utf8'))).toEqual([]);
});
