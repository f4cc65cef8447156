import type { RedisClient } from './client.ts'

export interface ClientEars {
  onReady(): void
  onDown(): void
  /** The client will not reconnect by itself. */
  onEnd(): void
  onError(thrown: unknown): void
  /** The client makes progress: it does not hang. */
  onSign(): void
}

/**
 * Listens to the events of a client; the function that it returns stops that. An owned client may still fail while it
 * closes; these errors are ignored.
 */
export function hookClient(client: RedisClient, owned: boolean, ears: ClientEars): () => void {
  const { onReady, onDown, onEnd, onError, onSign } = ears
  const pairs: [string, (...args: unknown[]) => void][] = [
    ['ready', onReady],
    ['error', onError],
    ['close', onDown],
    ['end', onEnd],
    ...['connect', 'close', 'end', 'reconnecting', 'ready'].map((event): [string, () => void] => [event, onSign]),
  ]
  for (const [event, listener] of pairs) client.on(event, listener)
  return () => {
    // Without a listener ioredis prints errors.
    if (owned) client.on('error', () => undefined)
    for (const [event, listener] of pairs) client.off(event, listener)
  }
}
