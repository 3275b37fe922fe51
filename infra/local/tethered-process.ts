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
  /** Kills the command and resolves when it has ended. */
  stop(): Promise<void>;
}

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
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    running,
    async stop() {
      if (!running()) return;
      const ended = once(child, 'exit');
      tether?.destroy();
      await ended;
    },
  };
}
