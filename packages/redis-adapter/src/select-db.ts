import { MqError } from '@mq/core/adapter'
import type { RedisClient } from './client.ts'
import { wrapError } from './errors.ts'

/** The database that a client of ioredis was set to use. In a Cluster: 0. */
export function dbOf(client: RedisClient): number {
  const { condition, options } = client as {
    readonly condition?: { readonly select?: unknown } | null | undefined
    readonly options?: { readonly db?: unknown } | undefined
  }
  return Number(condition?.select ?? options?.db ?? 0)
}

/** Throws `server-unsupported` when that database does not exist: ioredis would silently continue in database 0. */
export async function selectDb(client: RedisClient, db: number): Promise<void> {
  if (db === 0) return
  try {
    await client.call('select', [db])
  } catch (thrown) {
    const error = wrapError(thrown, `database ${db} cannot be used`, client)
    throw error.code === 'storage-refused' ? new MqError('server-unsupported', error.message) : error
  }
}
