import { project } from '../../vitest.shared.ts'

// As Node takes them: what `@opentelemetry/api` has under the condition `module` is for bundlers, and Node cannot load it.
const conditions = ['@mq/source', 'node', 'development|production']

export default {
  ...project('opentelemetry'),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
}
