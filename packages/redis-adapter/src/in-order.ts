interface Sent<Id> {
  readonly id: Id
  /** When it and all before it have ended, well or not. */
  readonly ended: Promise<unknown>
}

/**
 * Keeps the calls of one handle in order, though several are under way at once. One may reach the server late: it did
 * not know the script (SCRIPT FLUSH, failover), or a cluster's client held the command back. Those behind it are then
 * not done by the server, and sent again when it has ended.
 */
export class InOrder<Id> {
  #newest: Sent<Id> | undefined

  /** No call is under way. */
  get idle(): boolean {
    return this.#newest === undefined
  }

  /**
   * `call` is given the one before it, if that is under way, and answers null where the server says that it has not
   * come.
   */
  send(id: Id, call: (after: Id | undefined) => Promise<unknown>): Promise<unknown> {
    const earlier = this.#newest
    const sending = behind(earlier, call)
    const newest: Sent<Id> = { id, ended: Promise.allSettled([earlier?.ended, sending]) }
    this.#newest = newest
    void newest.ended.then(() => {
      if (this.#newest === newest) this.#newest = undefined
    })
    return sending
  }
}

async function behind<Id>(
  earlier: Sent<Id> | undefined,
  call: (after: Id | undefined) => Promise<unknown>,
): Promise<unknown> {
  const reply = await call(earlier?.id)
  if (reply !== null || earlier === undefined) return reply
  await earlier.ended
  return call(undefined)
}
