/** `lineWidth` of biome.json. The formatter wraps code, and leaves comments alone. */
const WIDTH = 110;

const COMMENT_LINE = /^\s*(?:\/\*\*|\*|\/\/) (?!\{|biome-ignore)/;
/** A drawing may be wider than a sentence. */
const DRAWING = /[─└▶]/;

/** Returns the lines of comments that are wider than the formatter's width, counted from 1. */
export function wideComments(source: string): number[] {
  return source
    .split('\n')
    .flatMap((line, index) =>
      line.length > WIDTH && COMMENT_LINE.test(line) && !DRAWING.test(line) ? [index + 1] : [],
    );
}
