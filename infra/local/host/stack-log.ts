import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Output of functions and the stack in one file: time, source, line. */
export interface StackLog {
  readonly file: string;
  /** Returns the log of one source, e.g. a function's path. */
  for(source: string): (line: string) => void;
  close(): Promise<void>;
}

/** @param echo receives every line too, e.g. the console */
export function openStackLog(file: string, echo?: (line: string) => void): StackLog {
  mkdirSync(dirname(file), { recursive: true });
  const stream = createWriteStream(file);
  return {
    file,
    for: (source) => (line) => {
      const entry = `${new Date().toISOString()} [${source}] ${line}`;
      stream.write(`${entry}\n`);
      echo?.(entry);
    },
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}
