import { LANE_KEPT_MS, refuse } from '@mq/core/adapter'

interface Lane<Reply> {
  readonly seq: number
  readonly reply: Reply
  readonly at: number
}

/**
 * What each lane was answered last, so that a call whose reply was lost can be repeated. Lanes that were silent for an hour
 * are forgotten: nobody repeats so late.
 */
export class Lanes<Reply> {
  /** The one silent for the longest first. */
  readonly #lanes = new Map<string, Lane<Reply>>()

  get size(): number {
    return this.#lanes.size
  }

  /** The reply of `seq`, if it is the lane's last. Throws `storage-refused` for an older one. */
  replay(lane: string, seq: number): Reply | undefined {
    const last = this.#lanes.get(lane)
    if (last === undefined || seq > last.seq) return undefined
    if (seq === last.seq) return last.reply
    return refuse(`lane ${lane} was answered number ${last.seq}, so ${seq} is refused`)
  }

  keep(lane: string, seq: number, reply: Reply, now: number): void {
    if (!this.#lanes.delete(lane)) this.#forgetSilent(now)
    this.#lanes.set(lane, { seq, reply, at: now })
  }

  #forgetSilent(now: number): void {
    for (const [name, lane] of this.#lanes) {
      if (now - lane.at < LANE_KEPT_MS) return
      this.#lanes.delete(name)
    }
  }
}
