// Which way imports point. Type imports count: what needs another only as a type cannot be read without it either.

/** Core's floors, from the ground up: a file imports from its own floor and from those below. */
export const FLOORS = [
  ['values', 'version.ts'],
  ['errors.ts', 'clock.ts', 'logger.ts'],
  ['ports'],
  ['define'],
  ['wire', 'waiting', 'handler'],
  ['services'],
  ['storage-calls'],
  ['partitions'],
  ['flows'],
  ['engine'],
  ['dead'],
  ['channel'],
  ['queue', 'schedules'],
  ['registry'],
  ['broker.ts', 'create-broker.ts', 'services-of.ts', 'handles.ts', 'types-of.ts', 'index.ts', 'adapter.ts'],
  ['testing'],
]
const CORE = 'packages/core/src'
const placesOf = (floors) =>
  `^${CORE}/(${floors
    .flat()
    .map((place) => place.replace('.', '[.]'))
    .join('|')})(/|$)`
const TESTS = '[.]test[.]ts$'

export default {
  forbidden: [
    ...FLOORS.slice(0, -1).map((floor, at) => ({
      name: `${floor[0].replace('.ts', '')} imports from above`,
      severity: 'error',
      from: { path: placesOf([floor]), pathNot: TESTS },
      to: { path: placesOf(FLOORS.slice(at + 1)) },
    })),
    {
      name: 'a file of core is on no floor',
      comment: 'Give its folder a place in FLOORS.',
      severity: 'error',
      from: {},
      to: { path: `^${CORE}/`, pathNot: [placesOf(FLOORS), TESTS] },
    },
    {
      name: 'a circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'shipped code imports a test',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/src/', pathNot: TESTS },
      to: { path: ['^(packages|apps)/[^/]+/test/', TESTS] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)dist/', '^apps/examples/elsewhere/'] },
    includeOnly: '^(packages|apps)/[^/]+/(src|test)/',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@mq/source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
}
