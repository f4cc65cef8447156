/** A request that is answered with an error which is the client's, or the moment's, and not a fault of ours. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** Stable: clients may depend on it. */
  readonly code: string
  readonly retryAfterS: number | undefined
  /** The task that it is about, and where to ask for it. */
  readonly ask: { readonly id: string; readonly location: string } | undefined

  constructor(status: number, code: string, message: string, retryAfterS?: number, ask?: Refusal['ask']) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterS = retryAfterS
    this.ask = ask
  }
}
