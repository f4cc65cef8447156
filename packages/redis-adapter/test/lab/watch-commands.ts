import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/** A command as the server ran it. */
export interface SeenCommand {
  readonly command: readonly string[]
  readonly byScript: boolean
}

const LINE = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/
const ARGUMENT = /"((?:[^"\\]|\\.)*)"/g
const ESCAPED = /\\(?:x([0-9a-f]{2})|(.))/g
const CONTROLS: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }

/**
 * Reports every command that the server runs from now on, those in scripts too; what it gives ends that. Without ioredis' monitor: that one
 * fails when the first command arrives together with the reply to MONITOR, as it does where a process is late to read.
 */
export async function watchCommands(port: number, onCommand: (seen: SeenCommand) => void): Promise<() => void> {
  const socket = connect({ port, host: '127.0.0.1' })
  const lines = createInterface({ input: socket })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    lines.on('line', (line) => {
      if (line === '+OK') return resolve()
      const seen = readLine(line)
      if (seen) onCommand(seen)
      else reject(new Error(`not what MONITOR says: ${line}`))
    })
    socket.write('MONITOR\r\n')
  })
  return () => void socket.destroy()
}

export function readLine(line: string): SeenCommand | undefined {
  const [, source, rest = ''] = LINE.exec(line) ?? []
  if (source === undefined) return undefined
  const command = Array.from(rest.matchAll(ARGUMENT), ([, text = '']) => unescape(text))
  return { command, byScript: source === 'lua' }
}

function unescape(text: string): string {
  return text.replaceAll(ESCAPED, (_, code: string | undefined, letter: string) =>
    code === undefined ? (CONTROLS[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
