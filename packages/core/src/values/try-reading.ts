/** What `read` finds in a value that somebody handed over; undefined when it throws, as a getter or a Proxy may. */
export function tryReading<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
