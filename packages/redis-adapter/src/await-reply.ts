/** `reply`, or a rejection with `giveUp()` when there is none in time. Every call goes through it: one promise each. */
export function awaitReply<T>(reply: Promise<T>, timeoutMs: number, giveUp: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const end = (): void => {
      if (!isOver) reject(giveUp())
    }
    // In a process that was stopped the reply may have arrived unread: the event loop gets one turn before it counts as
    // missing.
    const timer = setTimeout(() => setImmediate(end), timeoutMs)
    reply.then(
      (value) => {
        isOver = true
        clearTimeout(timer)
        resolve(value)
      },
      (thrown: unknown) => {
        isOver = true
        clearTimeout(timer)
        reject(thrown)
      },
    )
  })
}
