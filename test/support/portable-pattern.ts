/**
 * The pattern syntax common to JavaScript, Python's `re` and the other usual dialects. Conservative: unlisted
 * syntax is refused, such as `\p{…}`, `\u{…}`, look-around, named groups and possessive quantifiers.
 */
const ESCAPE = String.raw`\\(?:[dDwWsS]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\^$.|?*+()[\]{}\\/-])`;
const CLASS = String.raw`\[\^?(?:${ESCAPE}|[^\]\[\\&~|]|[|~&](?![|~&]))+\]`;
const QUANTIFIER = String.raw`(?:[*+?]|\{\d+(?:,\d*)?\})(?![+?*])`;
const TOKEN = new RegExp(
  String.raw`^(?:${ESCAPE}|${CLASS}|\((?!\?)|\(\?:|\)|\||\^|\$|\.|${QUANTIFIER}|[^\\[\](){}*+?|^$.])`,
);

/** The first part of a pattern outside the common dialect; `undefined`: none. */
export function unportablePart(pattern: string): string | undefined {
  let rest = pattern;
  while (rest.length > 0) {
    const [token] = TOKEN.exec(rest) ?? [];
    if (token === undefined) return rest;
    rest = rest.slice(token.length);
  }
  return undefined;
}
