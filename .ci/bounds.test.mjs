// docs/bounds.md says of everything that can grow what bounds it, and which test shows it. Here the table itself is held to that:
// no key, list or map is missing, and each row names a test that exists.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const read = (path) => readFileSync(join(ROOT, path), 'utf8')

/** What lives on in a process of somebody who uses mq: tests, benchmark and faults are not among it. */
const SOURCES = [
  'core',
  'memory-adapter',
  'redis-adapter',
  'app-kit',
  'contracts',
  'prometheus',
  'opentelemetry',
  'isolate',
  'scheduler',
  'console',
]
  .map((name) => `packages/${name}/src`)
  .concat(['web', 'worker-queue', 'worker-pubsub', 'demo'].map((name) => `apps/${name}/src`))

/** Where a list or map begins that may outlive the call that made it: of the module, of a class, or of the body of a function. */
const COLLECTION =
  /^(?: {2})?(?:export |const |let |readonly |static |private )*#?\w+(?:: [^=\n]+)? = (?:new (?:Map|Set|Fifo|LinkedList|TimeHeap)\b|\[\]$)/m

/** Files whose collections end with the call that made them, or hold what the source itself lists. */
const NOT_GROWING = [
  'packages/core/src/wire/json-change.ts',
  'packages/core/src/flows/after.ts',
  'packages/core/src/flows/by-queue.ts',
  'packages/core/src/flows/cancel-tree.ts',
  'packages/core/src/flows/graph.ts',
  'packages/core/src/flows/look-parents.ts',
  'packages/core/src/flows/parents.ts',
  'packages/core/src/flows/standings.ts',
  'packages/redis-adapter/src/script.ts',
  'packages/redis-adapter/src/scripts/flows/family-text.ts',
  'packages/core/src/partitions/commands.ts',
  'packages/core/src/partitions/enqueueing.ts',
  'packages/core/src/partitions/partitioned-schedules.ts',
  'packages/core/src/partitions/history-over.ts',
  'packages/core/src/partitions/listing.ts',
  'packages/core/src/partitions/merge-replies.ts',
  'packages/core/src/partitions/partition-port.ts',
  'packages/core/src/partitions/round.ts',
  'packages/core/src/partitions/spread-out.ts',
  'packages/core/src/queue/explain.ts',
  'packages/core/src/queue/read-history.ts',
  'packages/core/src/queue/room-of-keys.ts',
  'packages/core/src/ports/check-schedules.ts',
  'packages/memory-adapter/src/group-turn.ts',
  'packages/memory-adapter/src/page.ts',
  'packages/memory-adapter/src/settle-and-claim.ts',
  'packages/redis-adapter/src/connections.ts',
  'packages/redis-adapter/src/end-client.ts',
  'packages/redis-adapter/src/report/find-memory.ts',
  'packages/redis-adapter/src/report/find-persistence.ts',
  'packages/redis-adapter/src/report/find-replication.ts',
  'packages/redis-adapter/src/report/findings.ts',
  'packages/redis-adapter/src/report/server-info.ts',
  'packages/redis-adapter/src/scripts/arrange-parts.ts',
  'packages/redis-adapter/src/scripts/define-part.ts',
  'packages/redis-adapter/src/scripts/group/parse-group-turn.ts',
  'packages/redis-adapter/src/scripts/history/history.ts',
  'packages/redis-adapter/src/scripts/queue/enqueue-arguments.ts',
  'packages/redis-adapter/src/scripts/queue/list-dead.ts',
  'packages/redis-adapter/src/scripts/queue/list-keys.ts',
  'packages/redis-adapter/src/scripts/queue/page.ts',
  'packages/redis-adapter/src/scripts/channel/publish.ts',
  'packages/isolate/src/runner.ts',
  'packages/scheduler/src/do-due.ts',
  'packages/scheduler/src/ticks.ts',
  'packages/app-kit/src/cut-off-while.ts',
  'packages/app-kit/src/find-handlers.ts',
  'packages/console/src/access/guard.ts',
  'packages/console/src/api/complete-description.ts',
  'packages/console/src/api/search-tasks.ts',
  'packages/console/src/problems/refuse-other-methods.ts',
  'apps/worker-queue/src/by-kind.ts',
  'packages/console/src/access/guard.ts',
  'packages/console/src/api/directory.ts',
  'packages/console/src/cli/run-cli.ts',
  'packages/console/src/cli/settings.ts',
  'packages/console/src/problems/refuse-other-methods.ts',
  'apps/web/src/plugins/refuse-other-methods.ts',
  'apps/demo/src/log-lines.ts',
]

const rows = rowsOf(read('docs/bounds.md'))

void test('every key has a row, and every row of a key names one that is there', () => {
  const keys = read('packages/redis-adapter/src/keys.ts')
  const partsOf = (pattern) => [...pattern.exec(keys)[1].matchAll(/'(\w+)'/g)].map(([, part]) => part)
  const expected = {
    'A queue in Redis': [
      ...partsOf(/QUEUE_PARTS = \[([^\]]*)\]/),
      ...partsOf(/HISTORY_PARTS = \[([^\]]*)\]/),
      ...partsOf(/SCHEDULE_PARTS = \[([^\]]*)\]/),
    ],
    'A channel in Redis': partsOf(/CHANNEL_PARTS = \[([^\]]*)\]/),
    'A group in Redis': [...partsOf(/GROUP_PARTS = \[([^\]]*)\]/), ...partsOf(/ORDER_PARTS = \[([^\]]*)\]/)],
    'The registry in Redis': partsOf(/REGISTRY_PARTS = \[([^\]]*)\]/),
  }
  for (const [section, parts] of Object.entries(expected)) {
    assert.ok(parts.length > 2, section)
    const named = rows
      .filter((row) => row.section.startsWith(section))
      .flatMap((row) => [...row.what.matchAll(/`(\w+)[^`]*`/g)].map(([, part]) => part))
    assert.deepEqual(new Set(named), new Set(parts), section)
  }
})

void test('every list and map that may grow has a row', () => {
  const named = new Set(rows.flatMap((row) => [...row.what.matchAll(/`(\w+)`/g)].map(([, name]) => name)))
  const missing = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => `${folder}/${file}`),
  ).filter((file) => {
    if (NOT_GROWING.includes(file)) return false
    const source = read(file)
    const exported = [...source.matchAll(/^export (?:async )?(?:abstract )?(?:class|function|const) (\w+)/gm)]
    return COLLECTION.test(source) && !exported.some(([, name]) => named.has(name))
  })
  assert.deepEqual(missing, [], 'neither named in docs/bounds.md nor listed here as not growing')
})

void test('what is said not to grow is still there', () => {
  assert.deepEqual(
    NOT_GROWING.filter((file) => !existsSync(join(ROOT, file)) || !COLLECTION.test(read(file))),
    [],
  )
})

void test('every row has a bound and a test, and each test that is named exists', () => {
  const wrong = rows.flatMap(({ what, bound, tests }) => {
    const named = [...tests.matchAll(/`([^`]+)`(?:: "([^"]+)")?/g)]
    const missing = named.filter(([, path, words]) => {
      const file = path.startsWith('apps/') ? path : `packages/${path}`
      return !words || !existsSync(join(ROOT, file)) || !read(file).includes(words)
    })
    return [
      ...(bound.length > 2 ? [] : [`${what}: no bound`]),
      ...(named.length > 0 ? [] : [`${what}: no test`]),
      ...missing.map(([said]) => `${what}: ${said}`),
    ]
  })
  assert.deepEqual(wrong, [])
})

function rowsOf(markdown) {
  let section = ''
  return markdown.split('\n').flatMap((line) => {
    if (line.startsWith('#')) section = line.replace(/^#+ /, '')
    const cells = line.startsWith('|')
      ? line
          .slice(1, -1)
          .split(' | ')
          .map((cell) => cell.trim())
      : []
    if (cells.length === 0 || /^\W+$/.test(cells[0]) || ['key', 'what'].includes(cells[0])) return []
    assert.equal(cells.length, 4, line)
    const [what, bound, , tests] = cells
    return [{ section, what, bound, tests }]
  })
}
