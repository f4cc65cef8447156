/** `reply`, or a rejection with `giveUp()` when there is none in time. */
export async function awaitReply<T>(reply: Promise<T>, timeoutMs: number, giveUp: () => Error): Promise<T> {
  let isOver = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    const end = (): void => {
      if (!isOver) reject(giveUp())
    }
    // In a process that stood still the reply may be there, unread: it gets one look before it counts as missing.
    timer = setTimeout(() => setImmediate(end), timeoutMs)
  })
  try {
    return await Promise.race([reply, timeout])
  } finally {
    isOver = true
    clearTimeout(timer)
  }
}
