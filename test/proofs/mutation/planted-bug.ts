/** A change of text that brings a bug in. `find` stands in the file exactly once. */
export interface Edit {
  readonly find: string;
  readonly replace: string;
}

/** A bug that somebody might make, and where a test is that tells. */
export interface PlantedBug {
  /** What goes wrong, in a few words. */
  readonly name: string;
  /** Relative to the project. */
  readonly file: string;
  readonly edits: readonly Edit[];
  /** The suite and the test file that is to fail. */
  readonly project: 'unit' | 'infra' | 'integration';
  readonly test: string;
  /** Part of the name of the test that is to fail; the others are not run. @default - the whole file */
  readonly named?: string;
}

/** Text with the edits made. @throws Error where one does not find its text exactly once: the bug is not that bug any more */
export function plant(text: string, { name, file, edits }: PlantedBug): string {
  return edits.reduce((edited, { find, replace }) => {
    const [before, after, ...more] = edited.split(find);
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`"${name}" does not find its text exactly once in ${file}: ${find}`);
    }
    return before + replace + after;
  }, text);
}
