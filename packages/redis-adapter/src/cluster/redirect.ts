import type { NodeAddress } from './node-address.ts'

/** A node's answer that another one has the slot. Nothing was done. */
export class Redirect {
  /** `ask`: for this command alone, the slot is moving. */
  readonly kind: 'moved' | 'ask'
  readonly slot: number
  readonly to: NodeAddress

  private constructor(kind: 'moved' | 'ask', slot: number, to: NodeAddress) {
    this.kind = kind
    this.slot = slot
    this.to = to
  }

  /** Undefined for any other error. A node without a name is where the one is that answered. */
  static of(thrown: unknown, from: NodeAddress): Redirect | undefined {
    if (!(thrown instanceof Error) || thrown.name !== 'ReplyError') return undefined
    const [, word, slot, host, port] = /^(MOVED|ASK) (\d+) (\S*):(\d+)/.exec(thrown.message) ?? []
    if (word === undefined) return undefined
    const isNamed = host !== '' && host !== '?'
    const to = { host: isNamed ? host! : from.host, port: Number(port) }
    return new Redirect(word === 'ASK' ? 'ask' : 'moved', Number(slot), to)
  }
}
