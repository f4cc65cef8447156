/** A request that is answered with an error which is the client's, or the moment's, and not a fault of ours. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** Stable: clients may depend on it. */
  readonly code: string
  readonly retryAfterS: number | undefined

  constructor(status: number, code: string, message: string, retryAfterS?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterS = retryAfterS
  }
}
