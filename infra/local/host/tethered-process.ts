import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * The shell holds the read end of a pipe (file descriptor 3); only our process has the write end. When our
 * process ends, also by SIGKILL, `cat` reads the end of the pipe and the command is killed with SIGKILL: the
 * emulators' data on disk survives that. Their scratch folder is removed, since nothing else removes it.
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
  /** True until the command ends, also by {@link stop}. */
  running(): boolean;
  /**
   * Resolves when the command ends without {@link stop}, with its exit status or signal and the end of its
   * output: `exit status 137: …`.
   */
  readonly died: Promise<string>;
  /** Kills the command; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Characters of output that are reported when a command ends. */
const LAST_WORDS = 500;

/**
 * Starts a command that cannot outlive this process.
 *
 * The command has a process group of its own: Ctrl-C reaches only this process, which stops everything in
 * order.
 *
 * @param options.workingDirectory where the command runs
 * @param options.scratchFolder removed when the command has ended
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
    // `stdio` above makes stdout and stderr readable streams; the compiler knows only the general type.
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const tether = child.stdio[3];
  // Ends `cat` when the command has ended.
  child.once('exit', () => tether?.destroy());
  const running = () => child.exitCode === null && child.signalCode === null;
  let isStopping = false;
  const lastWords = lastOutputOf([child.stdout, child.stderr]);
  const died = new Promise<string>((resolve) => {
    // On `close`, all output has arrived.
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

/** Reads all output, since a command blocks on a full pipe, and keeps the end. */
function lastOutputOf(streams: readonly Readable[]): () => string {
  let output = '';
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-LAST_WORDS);
    });
  }
  return () => output.trim() && `: ${output.trim()}`;
}
