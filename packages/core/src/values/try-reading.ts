/** Returns what `read` reads from a value of a user; undefined when it throws, as a getter or a Proxy may. */
export function tryReading<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
