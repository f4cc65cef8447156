/** An error reply of the server: the script did not run, or stopped before it wrote. */
export function refusedByReply(error: unknown): boolean {
  return (
    error instanceof Error && error.name === 'ReplyError' && /^(?:OOM|READONLY|LOADING|MISCONF)\b/.test(error.message)
  )
}
