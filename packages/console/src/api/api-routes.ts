import type { Access } from '../access/guard.ts'
import type { CheckedOptions } from '../check-options.ts'
import type { ConsoleApp } from '../console-app.ts'
import { liveRoutes } from '../live/live-routes.ts'
import { showTo } from '../views/show.ts'
import { Readings } from '../views/readings.ts'
import { allSchedulesRoutes } from './all-schedules.ts'
import { API_PATH } from './api-path.ts'
import type { Api } from './api.ts'
import { auditRoutes } from './audit.ts'
import { channelRoutes } from './channels.ts'
import { describeApi } from './describe-api.ts'
import { createDirectory } from './directory.ts'
import { deadRoutes } from './dead.ts'
import { enqueueRoutes } from './enqueue.ts'
import { flowRoutes } from './flows.ts'
import { explainGroupRoutes } from './explain-group.ts'
import { groupDeadRoutes } from './group-dead.ts'
import { taskChangeRoutes } from './task-changes.ts'
import { taskRoutes } from './tasks.ts'
import { Waits } from './waits.ts'
import { groupRoutes } from './groups.ts'
import { historyRoutes } from './history.ts'
import { keyRoutes } from './keys.ts'
import { limitRoutes } from './limits.ts'
import { overviewRoutes } from './overview.ts'
import { queueRoutes } from './queues.ts'
import { readSegments } from './segment.ts'
import { scheduleRoutes } from './schedules.ts'
import { sessionRoutes } from './session.ts'
import { storageRoutes } from './storage.ts'
import { workerRoutes } from './workers.ts'

/** The REST API, one file for each resource. */
export async function apiRoutes(app: ConsoleApp, options: CheckedOptions, access: Access): Promise<void> {
  const { broker, basePath } = options
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))

  const path = `${basePath}${API_PATH}`
  await describeApi(app, path)
  readSegments(app)
  const directory = createDirectory(options)
  const { redact } = access
  const readings = new Readings({
    broker,
    queueNamed: (name) => directory.anyQueue(name),
    channelNamed: (name) => directory.anyChannel(name),
    signal: closing.signal,
    log: app.log,
  })
  const api: Api = {
    broker,
    access,
    directory,
    readings,
    waits: new Waits(closing.signal),
    show: (request, place) => showTo({ ...place, redact, role: request.consoleIdentity!.role }),
    path,
    closing: closing.signal,
  }
  sessionRoutes(app, options, access)
  auditRoutes(app, access)
  overviewRoutes(app, api)
  queueRoutes(app, api)
  limitRoutes(app, api)
  keyRoutes(app, api)
  allSchedulesRoutes(app, api)
  scheduleRoutes(app, api)
  taskRoutes(app, api)
  flowRoutes(app, api)
  enqueueRoutes(app, api)
  taskChangeRoutes(app, api)
  deadRoutes(app, api)
  historyRoutes(app, api)
  channelRoutes(app, api)
  groupRoutes(app, api)
  groupDeadRoutes(app, api)
  explainGroupRoutes(app, api)
  workerRoutes(app, api)
  storageRoutes(app, api)
  liveRoutes(app, api, options.live)
}
