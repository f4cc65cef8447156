/**
 * Whether a value is to be awaited, also one of another realm. Reads `then`, so it may throw what a getter or a Proxy
 * throws.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false
  return value instanceof Promise || typeof (value as { readonly then?: unknown }).then === 'function'
}
