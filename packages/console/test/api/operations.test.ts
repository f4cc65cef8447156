import { expect, it } from 'vitest'
import { described } from '../described.ts'

it('is listed in docs/console-api.md (vitest -u writes it)', async () => {
  const { document, operations } = await described('/console')
  const sections = document.tags!.map(({ name, description }) => {
    const rows = operations
      .filter(({ operation }) => operation.tags![0] === name)
      .map(({ method, path, operation }) => {
        const role = /role `(\w+)`/.exec(operation.description ?? '')?.[1] ?? 'anyone'
        return `| \`${operation.operationId}\` | \`${method.toUpperCase()} ${path}\` | ${role} | ${operation.summary} |`
      })
    return [`## ${name}`, '', description, '', '| | | role | |', '|---|---|---|---|', ...rows].join('\n')
  })
  const head =
    '# The API of the console\n\nMade from its description, which has all schemas: `<basePath>/api/v1/openapi.json`. Paths are below `<basePath>/api/v1`. What is common to\nall of them: [docs/console.md](console.md#rest).'
  const page = `${[head, ...sections].join('\n\n')}\n`
  await expect(page).toMatchFileSnapshot('../../../../docs/console-api.md')
})
