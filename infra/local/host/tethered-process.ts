import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * The shell holds the read end of a pipe (file descriptor 3) whose write end only our process has. When we
 * are gone, however we went (SIGKILL included), `cat` sees the end of the pipe and the command is killed.
 * Killed outright: what the emulators keep on disk survives the death of their process. What they unpack for themselves alone
 * does not, since nobody would ever clear it away.
 */
const TETHER = `
"$@" 3<&- &
command=$!
{ cat <&3 >/dev/null 2>&1; kill -9 $command 2>/dev/null; } &
wait $command
status=$?
[ -z "$SCRATCH_FOLDER" ] || rm -rf "$SCRATCH_FOLDER"
exit $status`;

export interface TetheredProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** True until the command has ended by itself or by {@link stop}. */
  running(): boolean;
  /**
   * Resolves when the command has ended and {@link stop} had not been called, with its exit status or signal and the end of its output:
   * `exit status 137: …`.
   */
  readonly died: Promise<string>;
  /** Kills the command and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Characters of the output that say why a command ended. */
const LAST_WORDS = 500;

/**
 * Starts a command that cannot outlive this process.
 *
 * It gets a process group of its own, so that a Ctrl-C at the terminal reaches only us and we stop things in order.
 *
 * @param options.workingDirectory where the command runs
 * @param options.scratchFolder removed when the command has ended, whatever ended it
 */
export function startTetheredProcess(
  command: string,
  args: readonly string[],
  options: { workingDirectory: string; env?: Readonly<Record<string, string>>; scratchFolder?: string },
): TetheredProcess {
  const child = spawn('/bin/sh', ['-c', TETHER, 'sh', command, ...args], {
    cwd: options.workingDirectory,
    env: { ...process.env, ...options.env, SCRATCH_FOLDER: options.scratchFolder ?? '' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // `stdio` above makes standard output and error readable streams; the compiler only knows the general type.
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const tether = child.stdio[3];
  // Lets go of `cat` when the command ended by itself.
  child.once('exit', () => tether?.destroy());
  const running = () => child.exitCode === null && child.signalCode === null;
  let isStopping = false;
  const lastWords = lastOutputOf([child.stdout, child.stderr]);
  const died = new Promise<string>((resolve) => {
    // `close`: all of the output has arrived by then.
    child.once('close', (status, signal) => {
      if (!isStopping) resolve(`${signal ?? `exit status ${status}`}${lastWords()}`);
    });
  });
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    running,
    died,
    async stop() {
      isStopping = true;
      if (!running()) return;
      const ended = once(child, 'exit');
      tether?.destroy();
      await ended;
    },
  };
}

/** Reads all of the output, or a command would block on a full pipe, and keeps the end of it. */
function lastOutputOf(streams: readonly Readable[]): () => string {
  let output = '';
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-LAST_WORDS);
    });
  }
  return () => output.trim() && `: ${output.trim()}`;
}
