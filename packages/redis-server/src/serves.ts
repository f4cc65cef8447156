import { connect } from 'node:net'

/**
 * Whether the Redis on this loopback port is this very process, and takes commands: while it loads its data it does
 * not.
 */
export async function serves(port: number, pid: number): Promise<boolean> {
  const reply = await ask(port, 'INFO server\r\nPING\r\nQUIT\r\n')
  if (reply.startsWith('-NOAUTH')) return true // the caller's arguments ask for a password
  return reply.includes(`process_id:${pid}\r\n`) && reply.includes('+PONG')
}

/** All that comes back until the connection ends; nothing at all where nobody listens yet. */
function ask(port: number, commands: string): Promise<string> {
  return new Promise((resolve) => {
    let reply = ''
    const socket = connect({ port, host: '127.0.0.1' })
    socket.setTimeout(1_000, () => socket.destroy())
    socket.on('data', (chunk) => (reply += chunk.toString()))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(reply))
    socket.write(commands)
  })
}
