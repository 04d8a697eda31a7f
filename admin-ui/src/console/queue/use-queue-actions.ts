/** What can be done with messages of the queue, asked for once more before it is done. */
import { Ban, Pause, Play, RotateCw, Trash2 } from '@lucide/vue'
import { computed, reactive, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useMutation } from '../../graphql/use-mutation.ts'
import { useSession } from '../../session/session.store.ts'
import { allowed, type Action } from '../../ui/action.ts'
import { toast } from '../../ui/toasts.ts'
import { bounceMutation, deleteMutation, holdMutation, releaseMutation, retryMutation } from './queue.queries.ts'

export type QueueStep = 'hold' | 'release' | 'retry' | 'bounce' | 'delete'

export interface QueueTarget {
  /** What people call it. */
  name: string
  scope: { queuedMessageIds?: string[]; destination?: string }
  /** To be released. */
  holdIds: string[]
}

const types = ['QueuedMessage', 'QueueHold']

export function useQueueActions(done: () => void) {
  const { t } = useI18n()
  const session = useSession()
  const mutations = {
    hold: reactive(useMutation(holdMutation, types)),
    release: reactive(useMutation(releaseMutation, types)),
    retry: reactive(useMutation(retryMutation, types)),
    bounce: reactive(useMutation(bounceMutation, types)),
    delete: reactive(useMutation(deleteMutation, types)),
  }
  const open = ref(false)
  const step = ref<QueueStep>('hold')
  const target = shallowRef<QueueTarget>({ name: '', scope: {}, holdIds: [] })
  const mutation = computed(() => mutations[step.value])

  function ask(wanted: QueueStep, on: QueueTarget): void {
    step.value = wanted
    target.value = on
    mutation.value.reset()
    open.value = true
  }

  async function run(): Promise<boolean> {
    const { scope, holdIds } = target.value
    if (step.value === 'release') {
      for (const id of holdIds) if (!(await mutations.release.run({ id }))) return false
      return true
    }
    return (await mutations[step.value].run({ input: scope })) !== null
  }

  async function confirm(): Promise<void> {
    if (!(await run())) return
    open.value = false
    toast(t(`queue.done.${step.value}`, { name: target.value.name }))
    done()
  }

  const actionsOn = (on: QueueTarget, held: boolean): Action[] => [
    ...allowed(
      on.holdIds.length > 0 &&
        session.can('delete', 'QueueHold') && {
          label: t('queue.steps.release'),
          icon: Play,
          run: () => ask('release', on),
        },
      !held &&
        session.can('update', 'QueuedMessage') && {
          label: t('queue.steps.retry'),
          icon: RotateCw,
          run: () => ask('retry', on),
        },
      on.holdIds.length === 0 &&
        session.can('create', 'QueueHold') && {
          label: t('queue.steps.hold'),
          icon: Pause,
          run: () => ask('hold', on),
        },
      session.can('delete', 'QueuedMessage') && {
        label: t('queue.steps.bounce'),
        icon: Ban,
        danger: true,
        run: () => ask('bounce', on),
      },
      session.can('delete', 'QueuedMessage') && {
        label: t('queue.steps.delete'),
        icon: Trash2,
        danger: true,
        run: () => ask('delete', on),
      },
    ),
  ]

  return reactive({ open, step, target, mutation, ask, confirm, actionsOn })
}

export type QueueActions = ReturnType<typeof useQueueActions>
