/** A call that was refused, or that nobody answered. */
export class Problem extends Error {
  /** HTTP's status; 0: no answer came. */
  readonly status: number
  /** Stable, as the server names it; `server-gone` where no answer came, `unreadable` where it was not JSON. */
  readonly code: string
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    status: number,
    code: string,
    message: string,
    more: { readonly requestId?: string | undefined; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.requestId = more.requestId
    this.retryAfterMs = more.retryAfterMs
  }
}

interface ProblemBody {
  readonly code?: unknown
  readonly detail?: unknown
  readonly title?: unknown
  readonly instance?: unknown
}

/** Reads problem details (RFC 9457); whatever else stands in the body, a Problem comes out. */
export function problemOf(status: number, body: unknown, retryAfter: string | null): Problem {
  const { code, detail, title, instance } = (typeof body === 'object' && body !== null ? body : {}) as ProblemBody
  const seconds = Number(retryAfter ?? Number.NaN)
  return new Problem(
    status,
    typeof code === 'string' ? code : `http-${status}`,
    ([detail, title].find((text) => typeof text === 'string' && text !== '') as string | undefined) ?? `HTTP ${status}`,
    {
      requestId: typeof instance === 'string' ? instance : undefined,
      retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined,
    },
  )
}

/** There is nothing by this name, or no more. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Problem && error.status === 404
}
