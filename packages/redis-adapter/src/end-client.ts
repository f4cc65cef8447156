import type { RedisClient } from './client.ts'

const QUIT_MS = 250

/** Resolves when the server has closed the connection too, or did not answer soon. Never rejects. */
export async function quit(client: RedisClient): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, QUIT_MS)))
  const asked = async (): Promise<void> => void (await client.quit())
  // If it fails, the connection has ended already.
  await Promise.race([asked().catch(() => undefined), enough])
  clearTimeout(timer)
}

/** The part of a socket that ends it. */
interface Stream {
  destroy?(): unknown
  resetAndDestroy?(): unknown
}

/**
 * Ends a client; commands under way reject. The connection is reset where possible: otherwise commands in its buffers
 * could be executed long after they were repeated. Never throws, because it runs in timers, where nothing would catch
 * it.
 */
export function discard(client: RedisClient): void {
  for (const stream of streamsOf(client)) {
    // Only TCP has a reset: over TLS and on a Unix socket it throws.
    if (!attempt(() => stream.resetAndDestroy!())) attempt(() => stream.destroy!())
  }
  attempt(() => client.disconnect())
}

/** For a Cluster: the clients of its nodes. */
function streamsOf(client: RedisClient): Stream[] {
  const found: Stream[] = []
  attempt(() => {
    const { stream, nodes } = client as { readonly stream?: Stream; readonly nodes?: unknown }
    if (stream) found.push(stream)
    if (typeof nodes !== 'function') return
    for (const node of (client as unknown as { nodes(): { readonly stream?: Stream }[] }).nodes()) {
      if (node.stream) found.push(node.stream)
    }
  })
  return found
}

function attempt(step: () => unknown): boolean {
  try {
    step()
    return true
  } catch {
    return false
  }
}
