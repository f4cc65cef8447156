import type { FastifyReply, FastifyRequest } from 'fastify'
import { STATUS_CODES } from 'node:http'
import type { ConsoleApp } from '../console-app.ts'
import { PROBLEM_TYPE } from './problem-body.ts'
import type { ProblemBody } from './problem-body.ts'
import { Problem } from './problem.ts'
import { problemOf } from './problem-of.ts'

/** Every error below `app` becomes an `application/problem+json`; an unexpected one is logged. */
export function answerProblems(app: ConsoleApp): void {
  app.setErrorHandler(answerProblem)
}

/** For an address at which there is nothing. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  answerProblem(new Problem(404, 'not-found', 'there is nothing at this address'), request, reply)
}

/** Also for `frameworkErrors` of a server that is the console's own. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.consoleIdentity?.role)
  if (problem.status === 500) request.log.error({ err: error }, 'a request failed')
  const { retryAfterS, location, allow } = problem.more
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS)
  if (location !== undefined) reply.header('location', location)
  if (allow !== undefined) reply.header('allow', allow)
  reply
    .code(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send(bodyOf(problem, request.id))
}

export function bodyOf({ status, message, code, more }: Problem, instance: string): ProblemBody {
  const { location } = more
  const title = STATUS_CODES[status] ?? 'Error'
  return { type: 'about:blank', title, status, detail: message, code, ...(location && { location }), instance }
}
