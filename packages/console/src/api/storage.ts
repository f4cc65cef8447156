import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import type { Api } from './api.ts'
import { named } from './schemas.ts'

const storageReport = named(
  'StorageReport',
  z.object({
    kind: z.string(),
    version: z.string().optional(),
    facts: z.array(
      z.object({
        name: z.string(),
        value: z.union([z.string(), z.number(), z.boolean()]),
        unit: z.string().optional(),
      }),
    ),
    findings: z.array(z.object({ level: z.enum(['ok', 'warning', 'error']), code: z.string(), text: z.string() })),
  }),
)

/** `/storage`: what an operator has to know of it. */
export function storageRoutes(app: ConsoleApp, { broker }: Api): void {
  app.get(
    '/storage',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getStorage',
        tags: ['Storage'],
        summary: 'The storage: facts, and what a doctor would say',
        response: { 200: storageReport },
      },
    },
    async () => {
      const { facts, findings, ...report } = await broker.storage()
      return { ...report, facts: [...facts], findings: [...findings] }
    },
  )
}
