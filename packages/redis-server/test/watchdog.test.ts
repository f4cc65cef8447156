import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { bundleProgram } from '../../../bundle-program.ts'
import { ask } from './raw-client.ts'

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  it(`ends the server when its owner ends by ${signal}`, async () => {
    const owner = startOwner()
    const { port, directory } = await announced(owner)
    expect(await ask(port, 'PING')).toBe('+PONG')

    owner.kill(signal)
    await once(owner, 'exit')
    await vi.waitFor(async () => {
      await expect(ask(port, 'PING')).rejects.toThrow('ECONNREFUSED')
      await expect(access(directory)).rejects.toThrow('ENOENT')
    }, 5_000)
  })
}

function startOwner(): ChildProcess {
  const program = fileURLToPath(new URL('owner.ts', import.meta.url))
  return spawn(process.execPath, [bundleProgram(program)], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function announced(owner: ChildProcess): Promise<{ port: number; directory: string }> {
  for await (const line of createInterface({ input: owner.stdout! })) return JSON.parse(line)
  throw new Error('the owner said nothing')
}
