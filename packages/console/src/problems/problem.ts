/** A request that is refused because of the client or of the present state, not because of a defect. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  /** Stable: clients may depend on it. */
  readonly code: string
  readonly more: MoreOfProblem

  constructor(status: number, code: string, detail: string, more: MoreOfProblem = {}) {
    super(detail)
    this.status = status
    this.code = code
    this.more = more
  }
}

export interface MoreOfProblem {
  /** When it may be tried again, s. */
  readonly retryAfterS?: number | undefined
  /** Where the state of the task concerned can be read. */
  readonly location?: string | undefined
  /** The methods that the address has. */
  readonly allow?: string | undefined
}
