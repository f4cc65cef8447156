import type { RedisClient } from './client.ts'

const QUIT_MS = 250

/** Resolves when the server has closed the connection too, or did not answer soon. */
export async function quit(client: RedisClient): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, QUIT_MS)))
  // If it fails, the connection is gone already.
  await Promise.race([client.quit().catch(() => undefined), enough])
  clearTimeout(timer)
}

/**
 * Ends a client and whatever it was doing; commands under way reject. The connection is reset where it can be: what its
 * buffers still hold would be executed long after somebody repeated it.
 */
export function discard(client: RedisClient): void {
  const { stream } = client as { readonly stream?: { resetAndDestroy?(): unknown } | undefined }
  stream?.resetAndDestroy?.()
  client.disconnect()
}
