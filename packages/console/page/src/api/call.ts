import { segmentOf } from './segment.ts'
import { Problem, problemOf } from './problem.ts'

/** How long an answer may take. A redrive of many letters takes its time, so what changes something has more. */
const READ_MS = 15_000
const CHANGE_MS = 60_000

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Who wants to know of each answer: whether the server is there, and whether it still knows us. */
const watchers = new Set<(problem: Problem | undefined) => void>()

export function onAnswer(watcher: (problem: Problem | undefined) => void): void {
  watchers.add(watcher)
}

/** The parts of a path, each from outside: a name may have slashes and dots, or be a word of a route. */
export function path(...parts: readonly string[]): string {
  const [first = '', ...names] = parts
  return [first, ...names.map(segmentOf)].join('/')
}

export function addressOf(to: string, query: Call['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  const search = new URLSearchParams(given).toString()
  return new URL(`api/v1/${to}${search === '' ? '' : `?${search}`}`, document.baseURI).href
}

/** Throws a `Problem`, or the signal's reason where the caller gave up. */
export async function call<Answer>(
  to: string,
  { method = 'GET', query, body, headers, signal }: Call = {},
): Promise<Answer> {
  const limit = AbortSignal.timeout(method === 'GET' ? READ_MS : CHANGE_MS)
  let response: Response
  let text: string
  try {
    response = await fetch(addressOf(to, query), {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    text = await response.text()
  } catch {
    signal?.throwIfAborted()
    throw report(new Problem(0, 'server-gone', 'The server did not answer.'))
  }
  const answer = parse(text)
  if (!response.ok) throw report(problemOf(response.status, answer, response.headers.get('retry-after')))
  if (answer === undefined && text !== '')
    throw report(new Problem(response.status, 'unreadable', 'The answer was not JSON.'))
  report(undefined)
  return answer as Answer
}

function report<P extends Problem | undefined>(problem: P): P {
  for (const watcher of watchers) watcher(problem)
  return problem
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
