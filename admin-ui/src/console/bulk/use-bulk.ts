/**
 * One change of many objects from the question to its way back: tried without changing anything, run, followed, stopped on
 * request, undone. The API's jobs do the work, row by row with the viewer's rights, whether the page stays open or not.
 */
import { computed, onScopeDispose, reactive, ref, shallowRef } from 'vue'
import { fromCombined, fromPayload, type ApiError, type PayloadError } from '../../graphql/api-error.ts'
import { client } from '../../graphql/client.ts'
import type { BulkAction, BulkKind } from './bulk-kind.ts'
import { bulkMutation } from './bulk-mutation.ts'
import {
  bulkProgressSubscription,
  bulkRowsQuery,
  cancelBulkMutation,
  runBulkMutation,
  type BulkJob,
  type BulkRow,
} from './bulk.queries.ts'
import { undoSteps, type UndoStep } from './undo-steps.ts'

/** Which objects: by their ids, or all that a filter selects at this moment. */
type BulkSelection<Row> = { tenantId: string } & ({ rows: Row[] } | { filter: object })

type Stage = 'ask' | 'trying' | 'tried' | 'running' | 'done' | 'undoing' | 'undone'

const shownRefusals = 20
const rowsPage = 200

const over = ({ state }: BulkJob): boolean => !['PLANNED', 'QUEUED', 'RUNNING'].includes(state)

export function useBulk<Row extends { id: string }>(options: {
  kind: BulkKind<Row>
  type: string
  /** The list, when objects have changed. */
  reload: () => unknown
}) {
  const stage = ref<Stage>('ask')
  const action = shallowRef<BulkAction<Row>>()
  const selection = shallowRef<BulkSelection<Row>>()
  const given = shallowRef<object>()
  const job = shallowRef<BulkJob>()
  const refused = shallowRef<BulkRow[]>([])
  const steps = shallowRef<UndoStep[]>([])
  const error = shallowRef<ApiError>()
  const busy = ref(false)
  let unfollow = (): void => undefined
  onScopeDispose(() => unfollow())

  async function mutate(document: Parameters<typeof client.value.mutation>[0], variables: object) {
    busy.value = true
    error.value = undefined
    const result = await client.value.mutation(document, variables).toPromise()
    busy.value = false
    const payload = (result.data as { payload: { job: { id: string } | null; errors: PayloadError[] } } | undefined)
      ?.payload
    error.value = result.error ? fromCombined(result.error) : payload?.errors[0] && fromPayload(payload.errors[0])
    return error.value ? undefined : (payload?.job?.id ?? undefined)
  }

  /** Until the job has ended; what it has come to meanwhile stands in `job`. */
  function follow(id: string): Promise<BulkJob> {
    unfollow()
    return new Promise((resolve) => {
      const { unsubscribe } = client.value
        .subscription(bulkProgressSubscription, { id })
        .subscribe(({ data, error: failed }) => {
          if (failed) error.value = fromCombined(failed)
          if (!data) return
          job.value = data.job
          if (!over(data.job)) return
          unsubscribeSoon()
          resolve(data.job)
        })
      const unsubscribeSoon = () => queueMicrotask(unsubscribe)
      unfollow = unsubscribe
    })
  }

  async function rowsOf(id: string, state: 'SUCCEEDED' | 'FAILED', first: number, after?: string | null) {
    const { data } = await client.value
      .query(bulkRowsQuery, { id, state, first, after }, { requestPolicy: 'network-only' })
      .toPromise()
    return data?.job?.rows
  }
  async function changedIds(id: string): Promise<string[]> {
    const ids: string[] = []
    let after: string | null | undefined
    do {
      const page = await rowsOf(id, 'SUCCEEDED', rowsPage, after)
      ids.push(...(page?.nodes ?? []).flatMap(({ objectId }) => objectId ?? []))
      after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined
    } while (after)
    return ids
  }
  async function end(id: string): Promise<void> {
    refused.value = (await rowsOf(id, 'FAILED', shownRefusals))?.nodes ?? []
  }

  function input(): object {
    const { tenantId } = selection.value!
    const scope =
      'rows' in selection.value!
        ? { ids: selection.value.rows.map(({ id }) => id) }
        : { filter: { ...action.value!.narrow, ...(selection.value as { filter: object }).filter } }
    return { tenantId, ...scope, ...given.value }
  }

  function ask(next: BulkAction<Row>, chosen: BulkSelection<Row>): void {
    unfollow()
    action.value = next
    selection.value = chosen
    stage.value = 'ask'
    job.value = error.value = undefined
    refused.value = []
    steps.value = []
    if (next.input) void tryIt(next.input)
  }

  async function tryIt(values: object): Promise<void> {
    given.value = values
    const document = bulkMutation(action.value!.operation, options.kind.plural)
    const id = await mutate(document, { input: { ...input(), dryRun: true } })
    if (!id) return
    stage.value = 'trying'
    const tried = await follow(id)
    await end(id)
    stage.value = tried.state === 'SUCCEEDED' ? 'tried' : 'done'
  }

  async function apply(): Promise<void> {
    const id = job.value && (await mutate(runBulkMutation, { id: job.value.id }))
    if (!id) return
    stage.value = 'running'
    await follow(id)
    await end(id)
    const rows = 'rows' in selection.value! ? selection.value.rows : undefined
    steps.value = undoSteps(action.value!, given.value!, rows, await changedIds(id))
    stage.value = 'done'
    options.reload()
  }

  async function undo(): Promise<void> {
    stage.value = 'undoing'
    const document = bulkMutation('Update', options.kind.plural)
    for (const step of steps.value) {
      const id = await mutate(document, { input: { tenantId: selection.value!.tenantId, ...step } })
      if (!id) break
      await follow(id)
      await end(id)
    }
    stage.value = error.value ? 'done' : 'undone'
    options.reload()
  }

  async function cancel(): Promise<void> {
    if (job.value) await mutate(cancelBulkMutation, { id: job.value.id })
  }

  return reactive({
    stage,
    action,
    job,
    refused,
    error,
    busy,
    ask,
    tryIt,
    apply,
    undo,
    cancel,
    undoable: computed(() => steps.value.length > 0),
    unfollow: () => unfollow(),
  })
}
