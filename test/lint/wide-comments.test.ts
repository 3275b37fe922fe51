import { expect, it } from 'vitest';
import { wideComments } from './wide-comments.ts';

const wide = 'word '.repeat(22);

it('finds comment lines wider than the formatter’s width', () => {
  expect(wideComments(`code();\n/** ${wide} */\n// ${wide}\n/**\n * ${wide}\n */\n`)).toEqual([2, 3, 5]);
});

it('leaves out code, strings, drawings and comments within the width', () => {
  const code = `const text = '${wide}';`;
  expect(wideComments(`${code}\n// ${wide.slice(10)}\n * a ─▶ ${wide}\n * { ${wide} }`)).toEqual([]);
});
