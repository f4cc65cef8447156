import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'

/**
 * Reads on its stdin which process to guard (an empty line: none). When the pipe closes, the one who wrote is gone, by
 * SIGKILL too: the guarded process is killed and its temporary directory removed.
 */
const SCRIPT = `
trap '' INT TERM HUP
while read -r pid; do guarded=$pid; done
if [ -n "$guarded" ]; then
  kill -KILL "$guarded"
  tries=0 # it is dead at once, but its pid stays until somebody reaps it, and in a container that may be late
  while [ "$tries" -lt 20 ] && kill -0 "$guarded" 2>/dev/null; do tries=$((tries + 1)); sleep 0.05; done
fi
if [ -n "$1" ]; then rm -rf "$1"; fi
`

/** Ends a server whose owner died without stopping it. */
export class Watchdog {
  readonly #shell: ChildProcess

  constructor(directory: string | undefined) {
    this.#shell = spawn('sh', ['-c', SCRIPT, 'mq-redis-watchdog', directory ?? ''], {
      cwd: '/',
      detached: true, // outlives a Ctrl-C of the terminal
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#shell.on('error', () => {}) // no shell, no watchdog: the server still ends by stop()
    this.#shell.stdin?.on('error', () => {})
    this.#shell.unref() // it waits for our end, so it must not delay it
    if (this.#shell.stdin instanceof Socket) this.#shell.stdin.unref()
  }

  guard(pid: number | undefined): void {
    this.#shell.stdin?.write(`${pid ?? ''}\n`)
  }

  dismiss(): void {
    this.#shell.stdin?.end('\n')
  }
}
