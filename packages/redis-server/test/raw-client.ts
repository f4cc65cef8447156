import { connect } from 'node:net'

/** Sends one inline command and answers what comes back within the time; undefined if nothing does, or the server ends first. */
export function ask(port: number, command: string, withinMs = 5_000): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (reply: string | undefined): void => {
      socket.destroy()
      resolve(reply)
    }
    socket.setTimeout(withinMs, () => end(undefined))
    socket.once('error', reject)
    socket.once('close', () => resolve(undefined))
    socket.once('data', (reply) => end(reply.toString().trimEnd()))
    socket.write(`${command}\r\n`)
  })
}
