import type { OpenAPIV3_1 } from 'openapi-types'
import { z } from 'zod'
import { SESSION_COOKIE } from '../access/session-cookie.ts'
import { PROBLEM_TYPE, problemBody } from '../problems/problem-body.ts'

type Operation = OpenAPIV3_1.OperationObject

const RETRY_AFTER = { description: 'when to try again, s', schema: { type: 'integer' as const, minimum: 0 } }
const REQUEST_ID = { description: 'the id of the request', schema: { type: 'string' as const } }
const problem = { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } }
const headers = { 'x-request-id': REQUEST_ID, 'retry-after': RETRY_AFTER }
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

/** Adds what all operations have in common, and leaves out what nothing refers to. */
export function completeDescription(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  for (const item of Object.values(document.paths ?? {})) {
    for (const method of METHODS) if (item?.[method] !== undefined) complete(item[method])
  }
  const { $schema: _, ...schema } = z.toJSONSchema(problemBody) as Record<string, unknown>
  const described: OpenAPIV3_1.Document = {
    ...document,
    security: [{ token: [] }, { session: [] }, {}],
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, Problem: schema as OpenAPIV3_1.SchemaObject },
      parameters: {
        RequestId: {
          name: 'x-request-id',
          in: 'header',
          description: 'An id of your own for the request: it is answered, logged, and stored with a task.',
          schema: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{1,128}$' },
        },
      },
      responses: {
        Refused: { description: 'The request is refused: `code` says why', headers, content: problem },
        Failed: { description: 'The storage or the console could not do it', headers, content: problem },
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of the console’s options, or of its host.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'What signing in with a token sets.',
        },
      },
    },
  }
  return withoutUnused(described)
}

function complete(operation: Operation): void {
  operation.parameters = [...(operation.parameters ?? []), { $ref: '#/components/parameters/RequestId' }]
  for (const response of Object.values(operation.responses ?? {})) {
    if ('$ref' in response) continue
    response.headers = { ...response.headers, 'x-request-id': REQUEST_ID }
    if (response.description === 'Default Response') response.description = 'Done'
  }
  operation.responses = {
    ...operation.responses,
    '4XX': { $ref: '#/components/responses/Refused' },
    '5XX': { $ref: '#/components/responses/Failed' },
  }
}

/** The name in a reference to a schema. */
const REFERRED = /(?<="\$ref":"#\/components\/schemas\/)[^"]+(?=")/g

/** Each schema is described for input and for output, and mostly one of them is used. */
function withoutUnused(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const schemas = document.components?.schemas ?? {}
  const used = new Set<string>()
  const visit = (value: unknown): void => {
    for (const [name] of JSON.stringify(value).matchAll(REFERRED)) {
      if (used.has(name)) continue
      used.add(name)
      visit(schemas[name] ?? {})
    }
  }
  visit([document.paths, document.components?.responses])
  const kept = Object.entries(schemas).filter(([name]) => used.has(name))
  const names = new Map(kept.map(([name]) => [name, nameOf(name, used)]))
  const text = JSON.stringify({
    ...document,
    components: { ...document.components, schemas: Object.fromEntries(kept) },
  })
  const renamed = JSON.parse(text.replaceAll(REFERRED, (name) => names.get(name)!)) as OpenAPIV3_1.Document
  const own = renamed.components?.schemas ?? {}
  renamed.components!.schemas = Object.fromEntries(
    Object.entries(own).map(([name, schema]) => [names.get(name)!, schema]),
  )
  return renamed
}

/** `NewTask`, not `NewTaskInput`, where there is only one of them. */
function nameOf(name: string, used: ReadonlySet<string>): string {
  const short = name.replace(/Input$/, '')
  return short !== name && !used.has(short) ? short : name
}
