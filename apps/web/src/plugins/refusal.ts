/** A request that is refused because of the client or of the present state, not because of a defect. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** Stable: clients may depend on it. */
  readonly code: string
  readonly retryAfterS: number | undefined
  /** The task concerned, and where its state can be read. */
  readonly ask: { readonly id: string; readonly location: string } | undefined

  constructor(status: number, code: string, message: string, retryAfterS?: number, ask?: Refusal['ask']) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterS = retryAfterS
    this.ask = ask
  }
}
