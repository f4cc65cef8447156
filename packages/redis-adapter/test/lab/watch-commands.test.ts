import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from './eventually.ts'
import { Lab } from './lab.ts'
import { watchCommands } from './watch-commands.ts'
import type { SeenCommand } from './watch-commands.ts'

const lab = await Lab.start()

it('reports each command with its arguments, whatever is in them, and whether a script gave it', async () => {
  const seen: SeenCommand[] = []
  const end = await watchCommands(lab.server.port, (command) => seen.push(command))
  const odd = 'a "b" \\ c\n\r\t\x07\b\x00\x7f d'
  await lab.redis.set('k', odd)
  await lab.redis.eval('return redis.call("get", KEYS[1])', 1, 'k')
  await eventually(() => seen.some(({ byScript }) => byScript), 'what the script did')
  end()
  const ours = seen.filter(({ command }) => command.includes('k'))
  expect(ours).toEqual([
    { command: ['set', 'k', odd], byScript: false },
    { command: ['eval', 'return redis.call("get", KEYS[1])', '1', 'k'], byScript: false },
    { command: ['get', 'k'], byScript: true },
  ])
})

it('reports also what arrives together with the reply to MONITOR', async () => {
  const busy = createServer((socket) => socket.end('+OK\r\n+1.5 [0 127.0.0.1:1] "ping"\r\n'))
  busy.listen(0, '127.0.0.1')
  await once(busy, 'listening')
  onTestFinished(() => void busy.close())
  const seen: SeenCommand[] = []
  await watchCommands((busy.address() as AddressInfo).port, (command) => seen.push(command))
  await eventually(() => seen.length === 1, 'a command')
  expect(seen).toEqual([{ command: ['ping'], byScript: false }])
})
