import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the range from which the system picks ports for outgoing connections: there, a client that keeps trying to
 * reach a killed server can take the server's port itself. So low that a cluster's bus, at port + 10,000, is below it,
 * too, and above all of these.
 */
const LOWEST = 12_000
const HIGHEST = 22_000

/** A loopback port on which nobody listens at the moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
