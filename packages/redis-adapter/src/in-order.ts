interface Sent<Id> {
  readonly id: Id
  /** Resolves when it and all calls before it have ended, with or without success. */
  readonly ended: Promise<unknown>
}

/**
 * Keeps the calls of one handle in order, though several are under way at once. One may reach the server late: the
 * server did not know the script (SCRIPT FLUSH, failover), or the client of a cluster delayed the command. The server
 * then refuses the calls after it, and they are sent again when it has ended.
 */
export class InOrder<Id> {
  #newest: Sent<Id> | undefined
  #underWay = 0

  /** No call is under way. */
  get idle(): boolean {
    return this.#underWay === 0
  }

  /**
   * `call` gets the number of the one before it, if that is under way, and returns null when the server has not
   * received that one.
   */
  send(id: Id, call: (after: Id | undefined) => Promise<unknown>): Promise<unknown> {
    const earlier = this.#newest
    const sending = earlier === undefined ? call(undefined) : behind(earlier, call)
    this.#underWay++
    // Made for each call: a process may have the handles of thousands of queues.
    const end = (): void => {
      this.#underWay--
      if (this.#underWay === 0) this.#newest = undefined
    }
    const ended = sending.then(end, end)
    this.#newest = { id, ended: earlier === undefined ? ended : ended.then(() => earlier.ended) }
    return sending
  }
}

async function behind<Id>(earlier: Sent<Id>, call: (after: Id | undefined) => Promise<unknown>): Promise<unknown> {
  const reply = await call(earlier.id)
  if (reply !== null) return reply
  await earlier.ended
  return call(undefined)
}
