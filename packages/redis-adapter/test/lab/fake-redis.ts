import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A server that answers INFO with a given text, some commands as it is asked to, and anything else with OK. */
export class FakeRedis implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** The names of the commands it got. */
  readonly commands: string[] = []

  static async start(info: string, replies: Readonly<Record<string, string>> = {}): Promise<FakeRedis> {
    const fake = new FakeRedis(info, replies)
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  private constructor(info: string, replies: Readonly<Record<string, string>>) {
    const reply = `$${Buffer.byteLength(info)}\r\n${info}\r\n`
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('data', (chunk) => {
        // Commands come whole and small: "*2\r\n$4\r\nINFO\r\n…".
        for (const [, name = ''] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
          this.commands.push(name.toLowerCase())
          socket.write(replies[name.toLowerCase()] ?? (name.toLowerCase() === 'info' ? reply : '+OK\r\n'))
        }
      })
    })
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
