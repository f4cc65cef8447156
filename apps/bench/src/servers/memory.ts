// oxlint-disable-next-line no-restricted-imports -- what it measures is this process
import { cpuUsage, memoryUsage } from 'node:process'
import { settled } from '../meters/meter.ts'
import type { Server } from './server.ts'

/** No server at all: tasks are in the memory of the contender's own process, and so is what they cost. */
export const memory: Server = {
  name: 'memory',
  settings: { none: 'in the process, lost with it' },
  start: async () => ({
    place: { url: 'memory:', pid: undefined, directory: undefined },
    title: 'no server',
    [Symbol.asyncDispose]: async () => undefined,
  }),
  async connectMeter() {
    const heldBytes = async (): Promise<number> => memoryUsage().heapUsed
    return {
      async read() {
        const { user, system } = cpuUsage()
        return { cpuUs: user + system, memoryBytes: await heldBytes() }
      },
      settledMemory: () => settled(heldBytes),
      flush: async () => undefined,
      close: async () => undefined,
    }
  },
}
