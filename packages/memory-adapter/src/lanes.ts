import { ENDED_LANE_KEPT_MS, LANE_KEPT_MS, refuse } from '@mq/core/adapter'

interface Lane<Reply> {
  readonly seq: number
  readonly reply: Reply
  readonly at: number
}

/** The lane that was silent for the longest is first. */
type ByAge<Reply> = Map<string, Lane<Reply>>

/**
 * The last reply of each lane, so that a call whose reply was lost can be repeated. Lanes that were silent for an hour
 * are forgotten: no call is repeated so late. Lanes that ended are forgotten after ten minutes: only calls that a
 * network delayed can still arrive.
 */
export class Lanes<Reply> {
  readonly #lanes: ByAge<Reply> = new Map()
  readonly #ended: ByAge<Reply> = new Map()

  get size(): number {
    return this.#lanes.size + this.#ended.size
  }

  /** The reply of `seq`, if it is the lane's last. Throws `storage-refused` for an older one. */
  replay(lane: string, seq: number): Reply | undefined {
    const last = this.#lanes.get(lane) ?? this.#ended.get(lane)
    if (last === undefined || seq > last.seq) return undefined
    if (seq === last.seq) return last.reply
    return refuse(`lane ${lane} was answered number ${last.seq}, so ${seq} is refused`)
  }

  keep(lane: string, seq: number, reply: Reply, now: number): void {
    this.#put(this.#lanes, lane, { seq, reply, at: now })
  }

  /** As `keep`, of the lane's last call. */
  end(lane: string, seq: number, reply: Reply, now: number): void {
    this.#put(this.#ended, lane, { seq, reply, at: now })
  }

  #put(lanes: ByAge<Reply>, name: string, lane: Lane<Reply>): void {
    const wasEnded = this.#ended.delete(name)
    if (!this.#lanes.delete(name) && !wasEnded) {
      forget(this.#lanes, lane.at - LANE_KEPT_MS)
      forget(this.#ended, lane.at - ENDED_LANE_KEPT_MS)
    }
    lanes.set(name, lane)
  }
}

function forget(lanes: ByAge<unknown>, until: number): void {
  for (const [name, { at }] of lanes) {
    if (at > until) return
    lanes.delete(name)
  }
}
