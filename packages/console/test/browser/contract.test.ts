import type { FlowGraph, GroupStats, HistoryPoint, KeyFacts, LimitsInForce, StorageReport } from '@mq/core'
import { expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type * as channels from '../../page/src/api/channel-contract.ts'
import type * as flows from '../../page/src/api/flow-contract.ts'
import type * as schedules from '../../page/src/api/schedule-contract.ts'
import type * as sharing from '../../page/src/api/sharing-contract.ts'
import type * as page from '../../page/src/api/contract.ts'
import type * as overviews from '../../page/src/api/overview-contract.ts'
import type { AuditEntry } from '../../src/access/audit-log.ts'
import type { Role } from '../../src/access/role.ts'
import type { ofQueue } from '../../src/api/all-schedules.ts'
import type { deadReport } from '../../src/api/dead.ts'
import type { Overview } from '../../src/views/overview.ts'
import type { QueueSummary } from '../../src/views/queue-summary.ts'
import type { ListedWorker } from '../../src/views/readings.ts'
import type { scheduleDetail, scheduleEntry } from '../../src/views/schedule-entry.ts'
import type { TaskEntryView } from '../../src/views/task-entry.ts'
import type { TaskRecordView, why } from '../../src/views/task-record.ts'

/** What is left of a value on its way as JSON: what is undefined is not there. */
type Sent<T> = T extends readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Sent<Exclude<T[Key], undefined>> }
    : T

it('is read by the page as the server answers it', () => {
  expectTypeOf<Sent<Overview>>().toExtend<overviews.Overview>()
  expectTypeOf<Sent<QueueSummary>>().toExtend<page.QueueSummary>()
  expectTypeOf<Sent<FlowGraph>>().toExtend<flows.FlowGraph>()
  expectTypeOf<Sent<TaskEntryView>>().toExtend<page.TaskEntry>()
  expectTypeOf<Sent<TaskRecordView>>().toExtend<page.TaskRecord>()
  expectTypeOf<Sent<z.infer<typeof why>>>().toExtend<NonNullable<page.TaskView['why']>>()
  expectTypeOf<Sent<z.infer<typeof deadReport>>>().toExtend<page.DeadReport>()
  expectTypeOf<Sent<AuditEntry>>().toExtend<page.Change>()
  expectTypeOf<Sent<ListedWorker>>().toExtend<page.WorkerEntry>()
  expectTypeOf<Sent<HistoryPoint>>().toExtend<page.HistoryPoint>()
  expectTypeOf<Sent<GroupStats>>().toExtend<Omit<channels.GroupStats, 'name'>>()
  expectTypeOf<Sent<z.infer<typeof scheduleEntry>>>().toExtend<schedules.Schedule>()
  expectTypeOf<Sent<z.infer<typeof scheduleDetail>>>().toExtend<schedules.ScheduleDetail>()
  expectTypeOf<Sent<z.infer<typeof ofQueue>>>().toExtend<schedules.ScheduleOfQueue>()
  expectTypeOf<Sent<LimitsInForce>>().toExtend<sharing.LimitsInForce>()
  expectTypeOf<Sent<KeyFacts>>().toExtend<sharing.KeyEntry>()
  expectTypeOf<Sent<StorageReport>>().toExtend<page.StorageReport>()
  expectTypeOf<Role>().toEqualTypeOf<page.Role>()
})
