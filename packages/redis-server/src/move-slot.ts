import type { RedisServer } from './redis-server.ts'

export interface SlotMove {
  readonly slot: number
  readonly from: RedisServer
  readonly to: RedisServer
  /** All of the cluster. */
  readonly masters: readonly RedisServer[]
  /** Sends a command to a node. */
  readonly call: (server: RedisServer, ...words: readonly (string | number)[]) => Promise<unknown>
  /** Called when some keys are here and some there. */
  readonly whileMoving?: (() => Promise<void>) | undefined
}

/** As `redis-cli --cluster reshard` does it: key by key. */
export async function moveSlot({ slot, from, to, masters, call, whileMoving }: SlotMove): Promise<void> {
  const [fromId, toId] = await Promise.all([call(from, 'CLUSTER', 'MYID'), call(to, 'CLUSTER', 'MYID')])
  await call(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(fromId))
  await call(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(toId))
  for (let moved = 0; ; moved++) {
    const keys = (await call(from, 'CLUSTER', 'GETKEYSINSLOT', slot, 2)) as string[]
    if (keys.length === 0) break
    await call(from, 'MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys)
    if (moved === 0) await whileMoving?.()
  }
  for (const server of [to, from, ...masters]) await call(server, 'CLUSTER', 'SETSLOT', slot, 'NODE', String(toId))
}
