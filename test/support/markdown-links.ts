import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A link's or image's target: `[text](target)`, `[text](<target> "title")`, `[text]: target`. */
const LINKS = [/\]\(\s*<?([^)\s>]*)>?(?:\s+"[^"]*")?\s*\)/g, /^\s*\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)/gm];
/** Inline code that is the path of a file, or of a folder with `/` at the end. */
const PATHS = /`((?:shared|functions|infra|test|docs|\.github|\.githooks|\.ci)\/[\w./-]+(?:\.\w+|\/))`/g;

/**
 * Returns one line for each broken link of a Markdown file; empty if all are right. A relative link needs its
 * file, and its heading if it names one; an external link needs to be an `https` URL; a path in inline code
 * needs to exist. No request is made.
 *
 * @param file path below `root`
 */
export function brokenLinks(root: string, file: string, text: string): string[] {
  const prose = text.replaceAll(/^(`{3,})[^\n]*\n[\s\S]*?^\1\s*$/gm, '');
  const withoutCode = prose.replaceAll(/`[^`\n]*`/g, '');
  const targets = LINKS.flatMap((link) => [...withoutCode.matchAll(link)].map(([, target = '']) => target));
  const paths = [...prose.matchAll(PATHS)].map(([, path = '']) => path);
  return [
    ...targets.flatMap((target) => faultOf(root, file, text, target) ?? []),
    ...paths
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${file}: \`${path}\` does not exist`),
  ];
}

function faultOf(root: string, file: string, text: string, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) {
    return /^(https:\/\/[^/\s]+\.|mailto:.+@)/.test(target) && URL.canParse(target)
      ? undefined
      : `${file}: ${target} is not an https URL`;
  }
  const [path = '', anchor] = target.split('#');
  const linked = join(root, dirname(file), decodeURIComponent(path));
  if (path.startsWith('/') || relative(root, linked).startsWith('..'))
    return `${file}: ${target} leaves the repository`;
  if (path !== '' && !existsSync(linked)) return `${file}: ${target} does not exist`;
  if (anchor === undefined) return undefined;
  const headings = anchorsOf(path === '' ? text : readFileSync(linked, 'utf8'));
  return headings.has(anchor) ? undefined : `${file}: ${target} names no heading`;
}

/** The anchors of a Markdown text's headings, by GitHub's rules: a repeated heading gets `-1`, `-2`, … */
export function anchorsOf(text: string): ReadonlySet<string> {
  const prose = text.replaceAll(/^(`{3,})[^\n]*\n[\s\S]*?^\1\s*$/gm, '');
  const counts = new Map<string, number>();
  const anchors = [...prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const repetitions = counts.get(slug) ?? 0;
    counts.set(slug, repetitions + 1);
    return repetitions === 0 ? slug : `${slug}-${repetitions}`;
  });
  return new Set(anchors);
}
