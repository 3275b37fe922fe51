/** A text edit that introduces a bug. `find` occurs in the file exactly once. */
export interface Edit {
  readonly find: string;
  readonly replace: string;
}

/** A plausible bug, and the test that must detect it. */
export interface PlantedBug {
  /** The fault, in a few words. */
  readonly name: string;
  /** Relative to the project. */
  readonly file: string;
  readonly edits: readonly Edit[];
  /** The suite and the test file that must fail. */
  readonly project: 'unit' | 'infra' | 'integration';
  readonly test: string;
  /** Part of the name of the test that must fail; the others are not run. @default - the whole file */
  readonly named?: string;
}

/** Text with the edits made. @throws Error if one does not find its text exactly once: the bug is outdated */
export function plant(text: string, { name, file, edits }: PlantedBug): string {
  return edits.reduce((edited, { find, replace }) => {
    const [before, after, ...more] = edited.split(find);
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`"${name}" does not find its text exactly once in ${file}: ${find}`);
    }
    return before + replace + after;
  }, text);
}
