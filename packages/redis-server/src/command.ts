import { connect } from 'node:net'

/** Runs one command on a server of this machine and answers its reply as text: of an error its message. No arrays. */
export function command(port: number, ...words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = Buffer.alloc(0)
    const socket = connect({ port, host: '127.0.0.1' })
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no reply to ${words.join(' ')}`)))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      reply = Buffer.concat([reply, chunk])
      const text = wholeText(reply)
      if (text === undefined) return
      resolve(text)
      socket.destroy()
    })
    socket.on('close', () => reject(new Error(`the connection ended before the reply to ${words.join(' ')}`)))
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`)
  })
}

/** Undefined while some of it is missing. */
function wholeText(reply: Buffer): string | undefined {
  const end = reply.indexOf('\r\n')
  if (end === -1) return undefined
  const head = reply.subarray(1, end).toString()
  if (reply[0] !== '$'.charCodeAt(0)) return head
  const size = Number(head)
  if (size < 0) return ''
  return reply.length < end + 4 + size ? undefined : reply.subarray(end + 2, end + 2 + size).toString()
}
