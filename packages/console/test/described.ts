import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import Fastify from 'fastify'
import type { OpenAPIV3_1 } from 'openapi-types'
import { mqConsole } from '../src/index.ts'

export interface Described {
  readonly document: OpenAPIV3_1.Document
  readonly operations: readonly DescribedOperation[]
  /** What is wrong with an answer by the API's own description. */
  faultOf(answer: SentAnswer): string | undefined
}

export interface DescribedOperation {
  readonly method: string
  readonly path: string
  readonly operation: OpenAPIV3_1.OperationObject
}

export interface SentAnswer {
  readonly method: string
  /** Below the API's own path. */
  readonly path: string
  readonly status: number
  readonly type: string | undefined
  readonly body: unknown
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
const descriptions = new Map<string, Described>()

/** The API's description, read once for all consoles at the same place. */
export async function described(basePath: string): Promise<Described> {
  const known = descriptions.get(basePath)
  if (known !== undefined) return known
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  const app = Fastify()
  await app.register(mqConsole, { broker, basePath })
  const { body } = await app.inject(`${basePath}/api/v1/openapi.json`)
  await app.close()
  await broker.close()
  const made = readDescription(JSON.parse(body) as OpenAPIV3_1.Document)
  descriptions.set(basePath, made)
  return made
}

function readDescription(document: OpenAPIV3_1.Document): Described {
  const ajv = new Ajv2020.default({ strict: false, validateFormats: false })
  addFormats.default(ajv)
  ajv.addSchema(document, 'api')
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method]
      return operation === undefined ? [] : [{ method, path, operation }]
    }),
  )

  return {
    document,
    operations,

    faultOf({ method, path, status, type, body }) {
      const found = operations.find((each) => each.method === method.toLowerCase() && fits(path, each.path))
      const responses = found?.operation.responses ?? {}
      const isProblem = type?.startsWith('application/problem+json') === true
      if (status >= 400) {
        if (!isProblem) return `${status} is not a problem but ${type}`
        const check = ajv.getSchema('api#/components/schemas/Problem')!
        return check(body) ? undefined : ajv.errorsText(check.errors)
      }
      if (found === undefined) return `${method} ${path} is not described`
      const response = responses[status] as OpenAPIV3_1.ResponseObject | undefined
      if (response === undefined) return `${method} ${found.path} does not answer ${status}`
      if (response.content === undefined) return body === undefined ? undefined : 'there is a body'
      const [described] = Object.keys(response.content)
      if (described === undefined || type?.startsWith(described) !== true) return `its type is ${type}`
      const pointer = ['paths', found.path, found.method, 'responses', status, 'content', described, 'schema']
      const check = ajv.getSchema(`api#/${pointer.map((part) => encodeURIComponent(escaped(`${part}`))).join('/')}`)
      if (check === undefined) return `no schema at ${pointer.join(' ')}`
      return check(body) ? undefined : `${method} ${found.path} ${status}: ${ajv.errorsText(check.errors)}`
    },
  }
}

function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}

function fits(path: string, template: string): boolean {
  const parts = path.split('?')[0]!.split('/')
  const wanted = template.split('/')
  return parts.length === wanted.length && wanted.every((part, i) => part.startsWith('{') || part === parts[i])
}
