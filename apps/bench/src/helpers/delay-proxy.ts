import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Role } from './helper.ts'

export interface ProxyOrder {
  readonly port: number
  /** Added to each answer: to each round trip, that is. */
  readonly delayMs: number
}

/** A network to a server on this machine that takes its time; answers the port where it begins. */
export const proxyRole: Role = async (message) => {
  const { port, delayMs } = message as ProxyOrder
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
    client.on('data', (chunk) => void upstream.write(chunk))
    delayed(upstream, client, delayMs)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroySoon())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** In order, each chunk when it is due: a link that is full of answers is not slower than one that has a single one. */
function delayed(from: Socket, to: Socket, delayMs: number): void {
  const waiting: { readonly chunk: Buffer; readonly dueAt: number }[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const deliver = (): void => {
    timer = undefined
    while (waiting.length > 0) {
      const { chunk, dueAt } = waiting[0]!
      const waitMs = dueAt - performance.now()
      if (waitMs > 0) {
        timer = setTimeout(deliver, waitMs)
        return
      }
      waiting.shift()
      if (to.writable) to.write(chunk)
    }
  }
  from.on('data', (chunk) => {
    waiting.push({ chunk, dueAt: performance.now() + delayMs })
    if (timer === undefined) deliver()
  })
}
